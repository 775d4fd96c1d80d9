"""Progressive pictures from interlaced ones, in which two instants are woven line by line.

libavfilter's bwdif keeps the lines of the first field and interpolates the others from the lines
around them and from the pictures before and after: what rests stays sharp, what moves is not
combed. Much that is marked as interlaced was shot progressive: idet tells, from the same pictures.
And some that is interlaced has lost its mark on the way: such pictures are recognised by combing
that their neighbours do not explain.
"""

from __future__ import annotations

from collections.abc import Sequence

import av

from framepick.detail import WOVEN_SHARE, FieldOrder, combing, field_order
from framepick.sources.filters import filtered
from framepick.sources.luma import luma_of

_MARKED = "parity=auto:deint=interlaced"
_PARITY = {"top": "parity=tff:deint=all", "bottom": "parity=bff:deint=all"}


def is_interlaced(picture: av.VideoFrame) -> bool:
    """Tell whether a picture is marked as woven from two instants."""
    return bool(picture.interlaced_frame)


def deinterlaced(
    before: av.VideoFrame | None, picture: av.VideoFrame, after: av.VideoFrame | None
) -> av.VideoFrame:
    """Give `picture` as it was at the instant of its first field; a progressive one as it is.

    A picture is taken for interlaced if it is marked, or if it is recognised as woven.

    `before` and `after` are its neighbours as shown, None at the ends and where they are unknown;
    one of another size or format counts as unknown. Without any, the lines between are worked out
    from those around them alone. A picture whose two fields fit each other better than those of its
    neighbours was taken at one instant, and keeps all its lines. Time stamp, size and colour tags
    stay, and so does any planar format. One of fewer lines than the filters take comes back itself.
    """
    before, after = (_fitting(frame, picture) for frame in (before, after))
    parity = _MARKED if is_interlaced(picture) else _recognised_parity(before, picture, after)
    if parity is None:
        return picture
    first, last = before or after, after or before  # what moves after has moved before
    if first is None or last is None:
        # the filter looks at nothing else when it works out the first picture it sees
        pictures, place = [picture, picture], 0
    else:
        pictures, place = [first, picture, last], 1
    try:
        # idet weighs two neighbours against each other: one on both sides would tell it nothing
        judged = [before or picture, picture, after or picture]
        if place and parity == _MARKED and _is_whole(judged):
            return as_progressive(picture)
        return filtered(pictures, place, ("bwdif", f"mode=send_frame:{parity}"))
    except av.error.FFmpegError:
        return picture


def woven_order(
    before: av.VideoFrame | None, picture: av.VideoFrame, after: av.VideoFrame | None
) -> FieldOrder | None:
    """Tell which field of a picture shows the earlier instant; None if it shows one instant.

    `before` and `after` are its neighbours as shown; one of another size or format is not used.
    """
    luma = luma_of(picture)
    if combing(luma) < WOVEN_SHARE:
        return None
    fitting = (_fitting(frame, picture) for frame in (before, after))
    return field_order(luma, *(luma_of(frame) if frame else None for frame in fitting))


def _recognised_parity(
    before: av.VideoFrame | None, picture: av.VideoFrame, after: av.VideoFrame | None
) -> str | None:
    order = woven_order(before, picture, after)
    return _PARITY[order] if order else None


def as_progressive(picture: av.VideoFrame) -> av.VideoFrame:
    """Give the same pixels without the mark that they are interlaced.

    The scaler squeezes the fields of a marked picture one by one and weaves them again: a small
    view would be combed more than the picture is. Unmarked, its lines are averaged.
    """
    return filtered([picture], 0, ("setfield", "mode=prog"))


def _is_whole(pictures: Sequence[av.VideoFrame]) -> bool:
    """Tell whether the second of three pictures was taken at one instant, as far as it moves."""
    judged = filtered(pictures, 1, ("idet", ""))
    return judged.metadata.get("lavfi.idet.single.current_frame") == "progressive"


def _fitting(frame: av.VideoFrame | None, picture: av.VideoFrame) -> av.VideoFrame | None:
    return frame if frame is not None and _shape(frame) == _shape(picture) else None


def _shape(picture: av.VideoFrame) -> tuple[int, int, str]:
    return picture.width, picture.height, picture.format.name
