"""Folders for sockets, whose paths the system limits to about a hundred bytes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

_SHORT = 30


@contextmanager
def short_folder(name: str) -> Iterator[Path]:
    """Make a private folder with a short path that begins with `name`, and remove it at the end.

    Those of processes that were killed are removed first.
    """
    place = tempfile.gettempdir()
    top = Path(place if len(place) <= _SHORT else "/tmp")  # noqa: S108 - the folder is private
    _remove_leftovers(top, name)
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-{os.getpid()}-", dir=top))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_leftovers(top: Path, name: str) -> None:
    for folder in top.glob(f"{name}-*-*"):
        with suppress(OSError, ValueError):
            pid = int(folder.name.removeprefix(f"{name}-").split("-")[0])
            is_own = folder.lstat().st_uid == os.getuid()
            if is_own and not psutil.pid_exists(pid):
                shutil.rmtree(folder, ignore_errors=True)
