"""The sample aspect ratio of a decoded picture, which PyAV does not expose.

Broadcasts change from 4:3 to 16:9 between two pictures of one coded size. libavfilter's scaler
reads the ratio of each picture, so a corner of the picture is scaled to a width that tells it.
"""

from __future__ import annotations

from fractions import Fraction

import av
from av.filter import Graph

from framepick.sources.filters import graph_for, push

_COARSE, _FINE = 256, 8192
"""Widths of a ratio of 1. Scaling to the coarse one is fast; the fine one is for new ratios."""
_MOST_DENOMINATOR = 255


class AspectReader:
    """Reads the sample aspect ratio of pictures; one that is unknown counts as 1.

    `usual` is the ratio expected of most of them, given exactly where they have it.
    """

    def __init__(self, usual: Fraction) -> None:
        self._known = {_width(usual, _COARSE): usual}
        self._shape: tuple[int, int, str] | None = None
        self._graph: Graph | None = None

    def ratio(self, picture: av.VideoFrame) -> Fraction | None:
        """Give the ratio of a picture; None where the scaler does not take such pictures."""
        try:
            width = self._measured(picture)
            if width not in self._known:
                fine = _scaled_width(_graph(picture, _FINE), picture)
                ratio = Fraction(fine, _FINE).limit_denominator(_MOST_DENOMINATOR)
                self._known[width] = ratio
            return self._known[width]
        except av.error.FFmpegError:
            return None

    def _measured(self, picture: av.VideoFrame) -> int:
        shape = (picture.width, picture.height, picture.format.name)
        if self._graph is None or shape != self._shape:
            self._shape, self._graph = shape, _graph(picture, _COARSE)
        return _scaled_width(self._graph, picture)


def _width(ratio: Fraction, scale: int) -> int:
    return max(1, int(ratio * scale + Fraction(1, 2)))


def _graph(picture: av.VideoFrame, scale: int) -> Graph:
    corner = ("crop", "w=min(8\\,iw):h=min(8\\,ih):x=0:y=0")
    return graph_for(
        picture, corner, ("scale", f"w=max(1\\,round(sar*{scale})):h=8:eval=frame:flags=neighbor")
    )


def _scaled_width(graph: Graph, picture: av.VideoFrame) -> int:
    push(graph, picture, 0)
    return int(graph.vpull().width)
