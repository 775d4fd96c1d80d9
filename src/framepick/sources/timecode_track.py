"""How many frames a second the time code track of a QuickTime file counts.

libav gives the code as text, without this number, and a code track may count at half the rate of
the video. It stands in the sample description of the track: moov/trak/mdia/minf/stbl/stsd/tmcd.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

_PATH = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_DESCRIPTION_HEAD = 8  # version, flags and the number of entries come before the entries
_FRAME_COUNT_AT = 32
"""Byte of a tmcd entry, from its start, that holds the frames in a second."""
_MOST_BOXES = 4096
_BOX = struct.Struct(">I4s")


class _Box(NamedTuple):
    kind: bytes
    start: int
    content: int
    end: int


def timecode_track_rate(path: str) -> int | None:
    """Frames that the code track of a QuickTime file counts to a second; None if there is none.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    with open(path, "rb") as file:
        end = file.seek(0, 2)
        for description in _descend(file, 0, end, _PATH):
            first = description.content + _DESCRIPTION_HEAD
            for entry in _boxes(file, first, description.end):
                if entry.kind == b"tmcd" and entry.end - entry.start > _FRAME_COUNT_AT:
                    file.seek(entry.start + _FRAME_COUNT_AT)
                    return file.read(1)[0] or None
    return None


def _descend(file: BinaryIO, start: int, end: int, path: tuple[bytes, ...]) -> Iterator[_Box]:
    for box in _boxes(file, start, end):
        if box.kind == path[0]:
            if len(path) == 1:
                yield box
            else:
                yield from _descend(file, box.content, box.end, path[1:])


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[_Box]:
    for _ in range(_MOST_BOXES):
        file.seek(start)
        header = file.read(16)
        if start + 8 > end or len(header) < 8:
            return
        size, kind = _BOX.unpack_from(header)
        content = start + 8
        if size == 1 and len(header) == 16:
            size, content = struct.unpack_from(">Q", header, 8)[0], start + 16
        box_end = end if size == 0 else start + size
        if not content <= box_end <= end:
            return
        yield _Box(kind, start, content, box_end)
        start = box_end
