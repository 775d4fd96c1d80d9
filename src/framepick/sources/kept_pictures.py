"""Small pictures of frames that were decoded, so that none is decoded again for them."""

from __future__ import annotations

from collections import OrderedDict

import av

from framepick.sources.frame_finder import Wanted
from framepick.sources.geometry import Orientation
from framepick.sources.views import PictureConverter
from framepick.types import Pixels


class KeptPictures:
    """Keeps the last `most` pictures, `side` pixels long at most, in the decoder's kind of pixels.

    At 16 to 9, a picture of 640 pixels takes some 350 kB, and one of 320 some 90 kB.
    """

    def __init__(self, convert: PictureConverter, side: int, most: int) -> None:
        self.side = side
        self.most = most
        self._convert = convert
        self._kept: OrderedDict[Wanted, tuple[av.VideoFrame, Orientation]] = OrderedDict()

    def keep(self, wanted: Wanted, shrunk: av.VideoFrame, turn: Orientation) -> None:
        """Keep the picture of a frame, as `PictureConverter.shrunk` gives it."""
        self._kept[wanted] = shrunk, turn
        while len(self._kept) > self.most:
            self._kept.popitem(last=False)

    def small(self, wanted: Wanted) -> Pixels | None:
        """Give the small picture of a frame; None if it is not kept."""
        kept = self._kept.get(wanted)
        return self._convert.small(*kept) if kept else None
