"""Small pictures of the frames measured last, so that none is decoded again for its faces."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress

import av

from framepick.errors import SourceError
from framepick.sources.frame_finder import Wanted
from framepick.sources.geometry import Orientation
from framepick.sources.views import PictureConverter
from framepick.types import Pixels

_MOST = 128
"""More than the frames around a peak at 60 a second; a picture takes some 350 kB."""


class KeptPictures:
    """Keeps the last pictures, by frame index, in the decoder's own kind of pixels."""

    def __init__(self, convert: PictureConverter) -> None:
        self._convert = convert
        self._kept: OrderedDict[Wanted, tuple[av.VideoFrame, Orientation]] = OrderedDict()

    def keep(self, wanted: Wanted, picture: av.VideoFrame, turn: Orientation) -> None:
        """Keep a frame that was found; one that cannot be scaled can be measured all the same."""
        with suppress(SourceError):
            self._kept[wanted] = self._convert.shrunk(picture, turn), turn
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def small(self, wanted: Wanted) -> Pixels | None:
        """Give the small picture of a frame; None if it is not kept."""
        kept = self._kept.get(wanted)
        return self._convert.small(*kept) if kept else None
