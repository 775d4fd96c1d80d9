"""Facts about a stream that libav knows and PyAV does not expose: cropping and Dolby Vision.

Both lie in side data of the stream. libav's own description of a file names them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from framepick.sources.geometry import NO_CROP, Crop

_STREAM = re.compile(r"^  Stream #0:(\d+)", re.MULTILINE)
_CROPPING = re.compile(r"^ {6}Frame Cropping: (\d+)/(\d+)/(\d+)/(\d+)\s*$", re.M | re.I)
_DOLBY = re.compile(
    r"^ {6}DOVI configuration record: .*profile: (\d+),.*compatibility id: (\d+)", re.M
)
_COMPATIBLE_PROFILES = (4, 7, 8, 9)
"""Their base layer is standard range or HDR10 by definition."""


class StreamFacts(NamedTuple):
    """Side data of one stream."""

    crop: Crop = NO_CROP
    needs_dolby_vision: bool = False
    """The pictures show their colours only after Dolby Vision processing."""


def stream_facts(description: str, stream_index: int) -> StreamFacts:
    """Read the facts of one stream from libav's description of its file."""
    starts = list(_STREAM.finditer(description))
    ends = [start.start() for start in starts[1:]] + [len(description)]
    for start, end in zip(starts, ends, strict=True):
        if int(start[1]) == stream_index:
            return _facts(description[start.end() : end])
    return StreamFacts()


def _facts(section: str) -> StreamFacts:
    crop, dolby = _CROPPING.search(section), _DOLBY.search(section)
    needs = dolby is not None and _needs_dolby_vision(int(dolby[1]), int(dolby[2]))
    return StreamFacts(Crop(*map(int, crop.groups())) if crop else NO_CROP, needs)


def _needs_dolby_vision(profile: int, compatibility: int) -> bool:
    return compatibility == 0 and profile not in _COMPATIBLE_PROFILES
