"""The frames that a video shows, as its packets tell them, and which of them a span asks for."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from framepick.sources.index import PacketIndex
from framepick.types import Floats, FrameRequest, Timeline

Numbers = NDArray[np.int64]
"""Of packets in the index."""
_SLACK_SECONDS = 1e-6
"""Steps between frames may fall short by this: times are rounded."""


@dataclass(frozen=True, slots=True, eq=False)
class DisplayOrder:
    """The frames of a video that are shown, in display order."""

    numbers: Numbers
    """(F,) of their packets."""
    timeline: Timeline

    @classmethod
    def of(cls, index: PacketIndex, first: int, time_base: Fraction) -> DisplayOrder | None:
        """List them from the picture of packet `first` on; None where the index cannot tell."""
        numbers = index.in_display_order(first)
        if numbers is None or len(numbers) == 0:
            return None
        ticks = index.pts[numbers] - index.pts[numbers[0]]
        times = ticks * time_base.numerator / time_base.denominator
        return cls(numbers, Timeline(times, index.key[numbers], index.size[numbers]))

    def rows(self, request: FrameRequest) -> NDArray[np.int64]:
        """Which of the frames `request` asks for, rising."""
        times = self.timeline.times_seconds
        start = int(np.searchsorted(times, request.start_seconds, side="left"))
        end = request.end_seconds
        stop = len(times) if end is None else int(np.searchsorted(times, end, side="right"))
        rows = np.arange(start, max(start, stop))
        if request.frames == "key":
            rows = rows[self.timeline.key[rows]]
        if request.frame_indices is not None:
            rows = rows[np.isin(rows, request.frame_indices)]
        return rows[_apart(times[rows], request.min_step_seconds)]


class Thinner:
    """Leaves out frames that follow one that is given too closely."""

    def __init__(self, min_step_seconds: float) -> None:
        self._min_step = min_step_seconds - _SLACK_SECONDS
        self._last: float | None = None

    def takes(self, time_seconds: float) -> bool:
        """Tell whether the next frame, at this time, is given."""
        taken = self._last is None or time_seconds - self._last >= self._min_step
        if taken:
            self._last = time_seconds
        return taken


def _apart(times: Floats, min_step_seconds: float) -> NDArray[np.int64]:
    """Rows of rising `times` (N,), each the first that lies a step after the one before it."""
    if min_step_seconds <= 0:
        return np.arange(len(times))
    thinner = Thinner(min_step_seconds)
    taken = [thinner.takes(time) for time in times.tolist()]
    return np.flatnonzero(taken)
