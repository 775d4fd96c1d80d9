"""Whole pictures from interlaced ones: two instants woven into one picture, line by line.

libavfilter's bwdif keeps the lines of the first instant and works out the others from the lines
around them and from the pictures before and after: what rests stays sharp, what moves is not
combed. Much that is marked as interlaced was not taken so; idet tells, from the same pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import av
from av.filter import Graph

_MATRICES = (1, 4, 5, 6, 7, 9, 10)  # of ITU-T H.273; the filters refuse what they do not know
_UNTAGGED = 2
_BWDIF = "mode=send_frame:parity=auto:deint=interlaced"
_TICK = Fraction(1, 25)  # any will do: pictures are pushed under numbers


def is_interlaced(picture: av.VideoFrame) -> bool:
    """Tell whether a picture says that it is woven from two instants."""
    return bool(picture.interlaced_frame)


def deinterlaced(
    before: av.VideoFrame | None, picture: av.VideoFrame, after: av.VideoFrame | None
) -> av.VideoFrame:
    """Give `picture` as one instant, that of its first field; one that is not interlaced, itself.

    `before` and `after` are its neighbours as shown, None at the ends and where they are unknown;
    one of another size or format counts as unknown. Without any, the lines between are worked out
    from those around them alone. A picture whose two fields fit each other better than those of its
    neighbours was taken at one instant, and keeps all its lines. Time stamp, size and colour tags
    stay, and so does any planar format. One of fewer lines than the filters take comes back itself.
    """
    if not is_interlaced(picture):
        return picture
    before, after = (_fitting(frame, picture) for frame in (before, after))
    before, after = before or after, after or before  # what moves after has moved before
    if before is None or after is None:
        # the filter looks at nothing else when it works out the first picture it sees
        pictures, place = [picture, picture], 0
    else:
        pictures, place = [before, picture, after], 1
    try:
        if place and _is_whole(pictures):
            return as_progressive(picture)
        return _tagged(_filtered(pictures, place, "bwdif", _BWDIF), picture)
    except av.error.FFmpegError:
        return picture


def as_progressive(picture: av.VideoFrame) -> av.VideoFrame:
    """Give the same pixels without the mark that they are interlaced.

    The scaler squeezes the fields of a marked picture one by one and weaves them again: a small
    view would be combed more than the picture is. Unmarked, its lines are averaged.
    """
    return _tagged(_filtered([picture], 0, "setfield", "mode=prog"), picture)


def _is_whole(pictures: Sequence[av.VideoFrame]) -> bool:
    """Tell whether the second of three pictures was taken at one instant, as far as it moves."""
    judged = _filtered(pictures, 1, "idet", "")
    return judged.metadata.get("lavfi.idet.single.current_frame") == "progressive"


def _fitting(frame: av.VideoFrame | None, picture: av.VideoFrame) -> av.VideoFrame | None:
    return frame if frame is not None and _shape(frame) == _shape(picture) else None


def _shape(picture: av.VideoFrame) -> tuple[int, int, str]:
    return picture.width, picture.height, picture.format.name


def _filtered(
    pictures: Sequence[av.VideoFrame], place: int, name: str, arguments: str
) -> av.VideoFrame:
    graph = _graph(pictures[0], name, arguments)
    for number, picture in enumerate(pictures):
        _push(graph, picture, number)
    for _ in range(place):
        graph.vpull()
    return graph.vpull()


def _graph(picture: av.VideoFrame, name: str, arguments: str) -> Graph:
    graph = Graph()
    graph.threads = 1
    source = graph.add("buffer", **_facts(picture))
    graph.link_nodes(source, graph.add(name, arguments), graph.add("buffersink"))
    graph.configure()
    return graph


def _facts(picture: av.VideoFrame) -> dict[str, str]:
    facts = {
        "video_size": f"{picture.width}x{picture.height}",
        "pix_fmt": picture.format.name,
        "time_base": str(_TICK),
    }
    if not picture.format.is_rgb:
        # formats that the filter does not know are rearranged, and must keep matrix and range
        matrix = picture.colorspace if picture.colorspace in _MATRICES else _UNTAGGED
        extent = picture.color_range if picture.color_range in (1, 2) else 0
        facts |= {"colorspace": str(matrix), "range": str(extent)}
    return facts


def _push(graph: Graph, picture: av.VideoFrame, number: int) -> None:
    """Push under a number instead of the time stamp, which may be missing or false."""
    stamps = picture.pts, picture.time_base
    picture.pts, picture.time_base = number, _TICK
    try:
        graph.vpush(picture)
    finally:
        picture.pts = stamps[0]
        if stamps[1] is not None:  # pictures that a decoder held back to the end have none
            picture.time_base = stamps[1]


def _tagged(result: av.VideoFrame, picture: av.VideoFrame) -> av.VideoFrame:
    result.pts = picture.pts
    if picture.time_base is not None:
        result.time_base = picture.time_base
    result.colorspace, result.color_range = picture.colorspace, picture.color_range
    result.color_primaries, result.color_trc = picture.color_primaries, picture.color_trc
    return result
