"""libavfilter on decoded pictures, one small graph at a time."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import av
from av.filter import Graph

from framepick.sources.colour_tags import with_stamp_and_tags

_MATRICES = (1, 4, 5, 6, 7, 9, 10)  # of ITU-T H.273; the filters reject unknown ones
_UNTAGGED = 2
_TICK = Fraction(1, 25)  # any will do: pictures are pushed under numbers

Filter = tuple[str, str]
"""Name and arguments."""


def graph_for(picture: av.VideoFrame, *filters: Filter) -> Graph:
    """Make a graph of `filters` in a row, for pictures of the size and format of `picture`.

    Raises
    ------
    av.error.FFmpegError
        A filter does not accept such pictures.
    """
    graph = Graph()
    graph.threads = 1
    nodes = [graph.add("buffer", **_parameters(picture))]
    nodes += [graph.add(name, arguments) for name, arguments in filters]
    graph.link_nodes(*nodes, graph.add("buffersink"))
    graph.configure()
    return graph


def filtered(pictures: Sequence[av.VideoFrame], place: int, *filters: Filter) -> av.VideoFrame:
    """Send `pictures` of one size and format through `filters`; give what number `place` becomes.

    Time stamp and colour tags are those of the picture that went in.

    Raises
    ------
    av.error.FFmpegError
        A filter does not accept such pictures.
    """
    graph = graph_for(pictures[0], *filters)
    for number, picture in enumerate(pictures):
        push(graph, picture, number)
    for _ in range(place):
        graph.vpull()
    return _tagged(graph.vpull(), pictures[place])


def push(graph: Graph, picture: av.VideoFrame, number: int) -> None:
    """Push under a number instead of the time stamp, which may be missing or false."""
    stamps = picture.pts, picture.time_base
    picture.pts, picture.time_base = number, _TICK
    try:
        graph.vpush(picture)
    finally:
        picture.pts = stamps[0]
        if stamps[1] is not None:  # pictures that a decoder held back to the end have none
            picture.time_base = stamps[1]


def _parameters(picture: av.VideoFrame) -> dict[str, str]:
    parameters = {
        "video_size": f"{picture.width}x{picture.height}",
        "pix_fmt": picture.format.name,
        "time_base": str(_TICK),
    }
    if not picture.format.is_rgb:
        # formats that the filter does not know are rearranged, and must keep matrix and range
        matrix = picture.colorspace if picture.colorspace in _MATRICES else _UNTAGGED
        extent = picture.color_range if picture.color_range in (1, 2) else 0
        parameters |= {"colorspace": str(matrix), "range": str(extent)}
    return parameters


def _tagged(result: av.VideoFrame, picture: av.VideoFrame) -> av.VideoFrame:
    result.colorspace, result.color_range = picture.colorspace, picture.color_range
    return with_stamp_and_tags(result, picture)
