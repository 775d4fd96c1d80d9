"""Where a process keeps what it brings from a store or makes for one: a folder of its own.

It lies in the folder for temporary files under a hidden name that tells its owner, so that what a
process leaves that was killed is removed by the next one.
"""

from __future__ import annotations

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import gettempdir

from framepick.errors import SourceError
from framepick.files import cannot_write, partial_path, remove_leftovers
from framepick.owner import new_owner

_SPARE_BYTES = 64 << 20
"""Space that a download leaves for what is made of it."""


@cache
def work_folder() -> Path:
    """Give the folder of this process, which goes when it ends.

    Raises
    ------
    OutputError
        It cannot be made.
    """
    remove_old_work_folders()
    folder = partial_path(Path(gettempdir()) / "framepick", new_owner())
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise cannot_write(folder, error) from error
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def remove_old_work_folders() -> None:
    """Remove the folders of processes of this machine that have ended."""
    remove_leftovers(Path(gettempdir()))


def check_room(name: str, size: int) -> None:
    """Make sure that a file of `size` bytes can be brought here.

    Raises
    ------
    SourceError
        There is not enough space.
    """
    folder = Path(gettempdir())
    free = shutil.disk_usage(folder).free
    if size + _SPARE_BYTES > free:
        raise SourceError(
            f"{name}: needs {size >> 20:,} MiB in {folder}, which has {free >> 20:,} MiB left; "
            "free some space, or set TMPDIR to a folder on a larger disk"
        )
