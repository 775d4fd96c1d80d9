"""The boxes of ISO base media files (MP4, QuickTime, HEIC), as ISO/IEC 14496-12 lays them out."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

BOX_HEAD = struct.Struct(">I4s")
"""Bytes of a box, its head included, and its kind."""
_LONG_SIZE = struct.Struct(">Q")
_MOST_BOXES = 4096


class Box(NamedTuple):
    """A box of a file, by byte positions."""

    kind: bytes
    start: int
    content: int
    """Where the head ends."""
    end: int


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """Give the boxes that lie one after the other from `start` to `end`, up to a malformed one."""
    for _ in range(_MOST_BOXES):
        file.seek(start)
        header = file.read(16)
        if start + 8 > end or len(header) < 8:
            return
        size, kind = BOX_HEAD.unpack_from(header)
        content = start + 8
        if size == 1 and len(header) == 16:
            size, content = _LONG_SIZE.unpack_from(header, 8)[0], start + 16
        box_end = end if size == 0 else start + size
        if not content <= box_end <= end:
            return
        yield Box(kind, start, content, box_end)
        start = box_end


def boxes_at(file: BinaryIO, start: int, end: int, path: tuple[bytes, ...]) -> Iterator[Box]:
    """Give the boxes that the kinds in `path` lead to, each inside the one before."""
    for box in boxes(file, start, end):
        if box.kind == path[0]:
            if len(path) == 1:
                yield box
            else:
                yield from boxes_at(file, box.content, box.end, path[1:])
