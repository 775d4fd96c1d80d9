"""The best photos once more in a folder, as copies or as links. Nothing is ever replaced."""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from framepick.errors import reason_of
from framepick.files import fit_name, partial_path, printable
from framepick.owner import new_owner

Place = Callable[[Path, Path], None]
"""Puts a photo at a path where nothing is; raises FileExistsError if something is."""


def copy_photo(photo: Path, path: Path) -> None:
    """Copy a photo with its times, under a hidden name first."""
    partial = partial_path(path, new_owner())
    try:
        shutil.copy2(photo, partial)
        _move_to_free(partial, path)
    finally:
        with suppress(OSError):
            partial.unlink()


def link_photo(photo: Path, path: Path) -> None:
    """Make a symbolic link to a photo, relative to its own folder where that can be."""
    target = os.path.realpath(photo)
    with suppress(ValueError):  # on another drive
        target = os.path.relpath(target, os.path.realpath(path.parent))
    path.symlink_to(target)


def place_photos(photos: Iterable[Path], folder: Path, place: Place) -> Iterator[str]:
    """Have `place` put photos into `folder`; give a line for each that could not be.

    Where a name is taken by something else, the photo gets -2, -3, ... A photo that lies there
    already, from an earlier run, stays as it is.
    """
    for photo in photos:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _place(photo, folder, place)
        except OSError as error:
            yield f"{printable(photo)}: cannot be put into {printable(folder)} ({reason_of(error)})"


def _place(photo: Path, folder: Path, place: Place) -> None:
    for number in count(1):
        rest = ("" if number == 1 else f"-{number}") + photo.suffix
        path = folder / fit_name(photo.stem, rest)
        if _is_there(photo, path):
            return
        with suppress(FileExistsError):
            place(photo, path)
            return


def _is_there(photo: Path, path: Path) -> bool:
    """Whether a path shows this very photo: it is a link to it, or a copy."""
    with suppress(OSError):
        return os.path.samefile(photo, path) or filecmp.cmp(photo, path, shallow=False)
    return False


def _move_to_free(partial: Path, path: Path) -> None:
    """Rename a file to a name that nothing has; a plain rename would replace what is there."""
    try:
        os.link(partial, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        os.rename(partial, path)
