"""How many frames a second the time code track of a QuickTime file counts.

libav gives the code as text, without this number, and a code track may count at half the rate of
the video. The number stands in the sample description of the track, the box
moov/trak/mdia/minf/stbl/stsd/tmcd.
"""

from __future__ import annotations

from framepick.sources.boxes import boxes, boxes_at

_PATH = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_DESCRIPTION_HEAD = 8  # version, flags and the number of entries come before the entries
_FRAME_COUNT_AT = 32
"""Byte of a tmcd entry, from its start, that holds the frames in a second."""


def timecode_track_rate(path: str) -> int | None:
    """Frames that the code track of a QuickTime file counts to a second; None if there is none.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    with open(path, "rb") as file:
        end = file.seek(0, 2)
        for description in boxes_at(file, 0, end, _PATH):
            first = description.content + _DESCRIPTION_HEAD
            for entry in boxes(file, first, description.end):
                if entry.kind == b"tmcd" and entry.end - entry.start > _FRAME_COUNT_AT:
                    file.seek(entry.start + _FRAME_COUNT_AT)
                    return file.read(1)[0] or None
    return None
