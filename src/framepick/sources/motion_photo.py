"""Finds the video inside a motion photo, the JPEG or HEIC file of a phone camera.

Google's and Samsung's phones append an MP4 file to a JPEG, or keep one in the `mpvd` box of a HEIC
file. It is recognised by its own boxes, because the metadata that points to it comes in several
versions and does not survive every copy.
"""

from __future__ import annotations

import mmap
import re
import sys
from typing import BinaryIO

from framepick.sources.boxes import BOX_HEAD, boxes

_JPEG = b"\xff\xd8\xff"
_MOST_PHOTO_BYTES = 64 << 20
"""The video of a larger JPEG is not looked for."""
_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"avif")
_FILE_TYPE = re.compile(rb"\x00\x00[\x00-\x01].ftyp[ -~]{4}", re.DOTALL)
_AFTER_FILE_TYPE = (b"moov", b"mdat", b"free", b"skip", b"wide", b"uuid", b"moof", b"sidx", b"meta")


def embedded_video_offset(path: str) -> int | None:
    """Byte at which the MP4 file inside a motion photo starts; None for all other files.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    with open(path, "rb") as file:
        head = file.read(12)
        if head.startswith(_JPEG):
            return _after_jpeg(file)
        if head[4:8] == b"ftyp" and head[8:12] in _BRANDS:
            return _in_heic(file)
    return None


def _after_jpeg(file: BinaryIO) -> int | None:
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for found in _FILE_TYPE.finditer(data, 0, _MOST_PHOTO_BYTES):
            start = found.start()
            size, _ = BOX_HEAD.unpack_from(data, start)
            following = start + size
            if data[following + 4 : following + 8] in _AFTER_FILE_TYPE:
                return start
    return None


def _in_heic(file: BinaryIO) -> int | None:
    # without an end: of a file that was cut off, the video is read as far as it goes
    found = (box.content for box in boxes(file, 0, sys.maxsize) if box.kind == b"mpvd")
    return next(found, None)
