"""Which files are photos, and which of them can be read, by the ending of their names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from framepick.sources.walking import files_below

_HEIC = frozenset({".heic", ".heif"})
_JPEG_XL = frozenset({".jxl"})
_RAW_ENDINGS = (
    "3fr arw cr2 cr3 crw dcr dng erf iiq kdc mef mos mrw nef nrw orf pef raf raw rw2 rwl sr2 srf "
    "srw x3f"
)
_OTHER_ENDINGS = "avif bmp gif jfif jp2 jpe jpeg jpg png ppm tif tiff webp"
_RAW = frozenset(f".{ending}" for ending in _RAW_ENDINGS.split())
PHOTOS = _HEIC | _RAW | {f".{ending}" for ending in _OTHER_ENDINGS.split()}
"""Endings of photos that are read."""
ALL_PHOTOS = PHOTOS | _JPEG_XL
"""Endings of all photos, including kinds that cannot be read and are reported as such."""


def is_raw(path: Path) -> bool:
    """Tell whether a file is a camera's raw photo."""
    return path.suffix.lower() in _RAW


def way_out(path: Path) -> str:
    """Give what a user can do about a photo of this kind that cannot be read; '' if unknown."""
    ending = path.suffix.lower()
    if ending in _RAW:
        return "; export raw photos as JPEG or TIFF first"
    if ending in _HEIC:
        return "; export HEIC as JPEG first"
    return "; export JPEG XL as JPEG or PNG first" if ending in _JPEG_XL else ""


def find_photos(
    paths: Iterable[Path],
    endings: frozenset[str] = PHOTOS,
    on_error: Callable[[OSError], None] | None = None,
) -> list[Path]:
    """Find photos: files as named, and of a folder all files with `endings` in and below it.

    Those of a folder come in order of their paths. Hidden files and folders are passed over. Linked
    folders are followed, but no folder is visited twice, so links may form loops. `on_error` is
    called for a folder that cannot be read; the others are searched.
    """

    def is_wanted(path: Path) -> bool:
        return path.suffix.lower() in endings

    found: list[Path] = []
    for path in paths:
        if os.path.isdir(path):  # false also for a name that no file can have
            found += sorted(files_below(path, is_wanted, on_error))
        else:
            found.append(path)
    return found
