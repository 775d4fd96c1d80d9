"""Whole pictures from interlaced ones: two instants woven into one picture, line by line.

libavfilter's bwdif keeps the lines of the first instant and works out the others from the lines
around them and from the pictures before and after: what rests stays sharp, what moves is not combed.
"""

from __future__ import annotations

from fractions import Fraction

import av
from av.filter import Graph

_FILTER = "mode=send_frame:parity=auto:deint=interlaced"
_TICK = Fraction(1, 25)  # any will do: the pictures are numbered


def is_interlaced(picture: av.VideoFrame) -> bool:
    """Tell whether a picture says that it is woven from two instants."""
    return bool(picture.interlaced_frame)


def deinterlaced(
    before: av.VideoFrame | None, picture: av.VideoFrame, after: av.VideoFrame | None
) -> av.VideoFrame:
    """Give `picture` as one instant, that of its first field; one that is not interlaced, itself.

    `before` and `after` are its neighbours as shown, None at the ends and where they are unknown.
    They help what rests to stay sharp, and are left out where their shape is another. Time stamp,
    size and colour tags stay. The format stays where bwdif knows it, which is any planar one.
    """
    if not is_interlaced(picture):
        return picture
    before, after = (_fitting(frame, picture) for frame in (before, after))
    graph = _graph(picture)
    # The filter takes the first picture it sees by its lines alone. That is right only where no
    # neighbour tells what moves; elsewhere the picture stands in for the one that is missing.
    if before is None and after is None:
        shown, place = [picture, picture], 0
    else:
        shown, place = [before or picture, picture, after or picture], 1
    for number, frame in enumerate(shown):
        _push(graph, frame, number)
    return _with_tags(_pull(graph, place), picture)


def _fitting(frame: av.VideoFrame | None, picture: av.VideoFrame) -> av.VideoFrame | None:
    return frame if frame and _shape(frame) == _shape(picture) else None


def _shape(picture: av.VideoFrame) -> tuple[int, int, str]:
    return picture.width, picture.height, picture.format.name


def _graph(picture: av.VideoFrame) -> Graph:
    graph = Graph()
    graph.threads = 1
    source = graph.add_buffer(
        width=picture.width, height=picture.height, format=picture.format, time_base=_TICK
    )
    graph.link_nodes(source, graph.add("bwdif", _FILTER), graph.add("buffersink"))
    graph.configure()
    return graph


def _push(graph: Graph, picture: av.VideoFrame, number: int) -> None:
    """Push under a number instead of the time stamp, which may be missing or false."""
    stamps = picture.pts, picture.time_base
    picture.pts, picture.time_base = number, _TICK
    try:
        graph.vpush(picture)
    finally:
        picture.pts, picture.time_base = stamps


def _pull(graph: Graph, number: int) -> av.VideoFrame:
    for _ in range(number):
        graph.vpull()
    return graph.vpull()


def _with_tags(result: av.VideoFrame, picture: av.VideoFrame) -> av.VideoFrame:
    result.pts, result.time_base = picture.pts, picture.time_base
    result.colorspace, result.color_range = picture.colorspace, picture.color_range
    result.color_primaries, result.color_trc = picture.color_primaries, picture.color_trc
    return result
