"""Folders for sockets, whose paths the system limits to about a hundred bytes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from framepick.owner import Owner, this_process

_SHORT = 30
_OWNER = "owner"
"""File that names the process that made the folder: in the path it would be too long."""


@contextmanager
def short_folder(name: str) -> Iterator[Path]:
    """Make a private folder with a short path that begins with `name`, and remove it at the end.

    Those of processes that were killed are removed first.
    """
    top = _top()
    _remove_leftovers(top, name)
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=top))
    try:
        (folder / _OWNER).write_text(this_process().token)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _top() -> Path:
    usual, short = Path(tempfile.gettempdir()), Path("/tmp")  # noqa: S108 - folders are private
    return short if len(str(usual)) > _SHORT and short.is_dir() else usual


def _remove_leftovers(top: Path, name: str) -> None:
    for path in top.glob(f"{name}-*/{_OWNER}"):
        with suppress(OSError, ValueError):
            owner = Owner.parse(path.read_text())
            if owner and owner.is_gone() is True:
                shutil.rmtree(path.parent, ignore_errors=True)
