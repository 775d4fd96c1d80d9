"""Checks of where results go, made before any work is done for them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from framepick.errors import OutputError, UsageError
from framepick.files import cannot_write
from framepick.urls import MediaFile

_ROOT = Path("/")


def check_folder(folder: Path) -> None:
    """Make sure that `folder` can be written to, or can be made.

    Missing folders are made when results are written, but none directly at the root of the file
    system: there a name is mistyped far more often than meant.

    Raises
    ------
    UsageError
        A folder would have to be made at the root.
    OutputError
        A file is in the way, the name is too long, or a folder must not be written to.
    """
    _check_name(folder)
    full = Path(os.path.abspath(folder))
    nearest = next(place for place in (full, *full.parents) if os.path.lexists(place))
    if not nearest.is_dir():
        raise OutputError(f"{folder}: cannot be written ({nearest} is a file); choose another")
    if nearest == _ROOT != full:
        missing = _ROOT / full.parts[1]
        raise UsageError(f"{missing}: does not exist; check the path, or make the folder first")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise OutputError(f"{folder}: cannot be written (permission denied); choose another")


def check_table(path: Path, overwrite: bool) -> None:
    """Make sure that a table can be written to `path`.

    Raises
    ------
    UsageError
        The path names a folder; or a file is there that must not be replaced; or as `check_folder`.
    OutputError
        As `check_folder`.
    """
    _check_name(path)
    if os.path.isdir(path):
        raise UsageError(f"{path}: is a folder; add the name of a table")
    if os.path.lexists(path) and not overwrite:
        raise UsageError(f"{path}: exists already; choose another name, or add --overwrite")
    check_folder(path.parent)


def check_photo_table(path: Path, photos: Iterable[str], overwrite: bool) -> None:
    """Make sure that a table of `photos` can be written to `path`.

    An earlier table of photos may be replaced without `overwrite` if all photos that have a score
    in it are among those of the new one.

    Raises
    ------
    UsageError, OutputError
        As `check_table`.
    """
    from framepick.outputs.tables import photo_names, photos_of

    earlier = photos_of(path)
    check_table(path, overwrite or (earlier is not None and earlier <= photo_names(photos)))


def check_media_root(root: str | None, videos: Iterable[MediaFile]) -> None:
    """Make sure that all videos lie in the folder that `root` replaces, if it names one.

    Raises
    ------
    UsageError
        One of them lies elsewhere.
    """
    from framepick.media_root import MediaRoot

    if root is not None:
        for video in videos:
            MediaRoot.parse(root).place(video)


def _check_name(path: Path) -> None:
    """Make sure that the file system can have a file or folder of this name."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        pass  # the other checks report what is missing or in the way
    except OSError as error:
        raise cannot_write(path, error) from error
