"""Detail measures of a decoded picture."""

from __future__ import annotations

from typing import NamedTuple

from framepick.detail import WOVEN_SHARE, cells, combing, structure
from framepick.sources.deinterlace import is_interlaced, woven_order
from framepick.sources.frame_finder import Found
from framepick.sources.geometry import NO_CROP, Orientation
from framepick.sources.luma import luma_of
from framepick.sources.transparency import visible


class Details(NamedTuple):
    """The detail measures of one frame, as they are sent."""

    numbers: bytes
    combing: float
    is_woven: bool


def measured(
    found: Found, turn: Orientation, has_fields: bool, has_neighbours: bool = True
) -> Details | None:
    """Measure a picture; None where it takes neighbours to do so and it `has_neighbours` not.

    Neighbours tell whether a picture with combing is woven from two instants without a mark.
    """
    shown = visible(found.picture)
    luma = turn.crop.cut(luma_of(shown))
    is_marked = has_fields or is_interlaced(found.picture)
    comb = combing(luma[::2] if is_marked else luma)
    is_stored = shown is found.picture and turn.crop == NO_CROP
    stored = comb if is_stored or is_marked else combing(luma_of(found.picture))
    may_be_woven = not is_marked and stored >= WOVEN_SHARE
    if may_be_woven and not has_neighbours:
        return None
    is_woven = may_be_woven and woven_order(*found) is not None
    # one of two instants, as the still will show one; of whole pictures between marked ones too,
    # for half the lines have other structure, and all are compared
    field = luma[::2] if is_marked or is_woven else luma
    return Details(structure(field).tobytes() + cells(field).tobytes(), comb, is_woven)
