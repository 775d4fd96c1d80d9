"""Detail measures of decoded pictures, taken in a thread while the next pictures are decoded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, Self

from framepick.detail import WOVEN_SHARE, cells, combing, structure
from framepick.sources.deinterlace import is_interlaced, woven_order
from framepick.sources.frame_finder import Found, Wanted
from framepick.sources.geometry import NO_CROP, Orientation
from framepick.sources.luma import luma_of
from framepick.sources.transparency import visible

_MOST_WAITING = 4
"""Pictures that wait to be measured: they are large."""


class Details(NamedTuple):
    """The detail measures of one frame, as they are sent."""

    wanted: Wanted
    numbers: bytes
    combing: float
    is_woven: bool


def measured(
    found: Found, turn: Orientation, wanted: Wanted, has_fields: bool, has_neighbours: bool = True
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
    return Details(wanted, structure(field).tobytes() + cells(field).tobytes(), comb, is_woven)


class DetailQueue:
    """Calls functions in a thread of its own, and passes on what they give, in their order.

    Use it in a `with` statement, at whose end everything has been passed on. `use` is called in the
    thread that adds.
    """

    def __init__(self, use: Callable[[Details], None]) -> None:
        self._use = use
        self._executor = ThreadPoolExecutor(1)
        self._waiting: deque[Future[Details | None]] = deque()

    def add(self, measure: Callable[[], Details | None]) -> None:
        """Call `measure` soon; wait if many wait already."""
        self._waiting.append(self._executor.submit(measure))
        if len(self._waiting) > _MOST_WAITING:
            self._pass_on()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        while self._waiting and kind is None:
            self._pass_on()
        self._executor.shutdown(cancel_futures=True)

    def _pass_on(self) -> None:
        if details := self._waiting.popleft().result():
            self._use(details)
