"""Which frame around a peak to keep: the sharpest of those that score as high without a veto."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from framepick.picking import AllVetoed, RefinedPeak
from framepick.reasons import Reason, ReasonCode
from framepick.refine.explain import kept_reason, runner_up
from framepick.refine.measured import Windows
from framepick.refine.window import Window, rank
from framepick.types import Floats

_SOFT_FINENESS = 0.14
"""Fine over coarse structure below which a frame is blurred; frames that are have 1/16 to 0.13."""
_SOFT_SHARE = 0.5
"""Share of the median of the picks so far: a video that is soft throughout keeps its picks."""


class Refiner:
    """Refines the candidates of one selection.

    Of the frames near a candidate without a veto whose smoothed score lies within one standard
    deviation of the best, the sharpest is kept. Once it `is_late`, candidates are kept as they are.
    """

    def __init__(self, windows: Windows, is_late: Callable[[], bool] = lambda: False) -> None:
        self._windows = windows
        self._is_late = is_late
        self._fineness: dict[float, float] = {}
        """Fine over coarse structure of the frames that are kept, by `Moment.time_seconds`."""
        self.relative_vetoes: dict[int, Reason] = {}
        """Rows near candidates that may not be kept, and why."""

    def __call__(
        self, row: int, taken_seconds: Floats, gap_seconds: float
    ) -> RefinedPeak | AllVetoed:
        """Choose the frame near `row` that is `gap_seconds` from `taken_seconds` (n,)."""
        if self._is_late():
            return RefinedPeak(row, (Reason(ReasonCode.NOT_REFINED_NO_TIME),))
        window = self._windows.around(row)
        if window is None:  # some files are found again in order only, as stills are
            return RefinedPeak(row, (Reason(ReasonCode.NOT_REFINED_NOT_FOUND),))
        self._veto(window.relative_vetoes)
        if len(window.rows) == 0:
            return AllVetoed(window.reachable)
        return self._best_of(window, taken_seconds, gap_seconds)

    def _best_of(
        self, window: Window, taken_seconds: Floats, gap_seconds: float
    ) -> RefinedPeak | AllVetoed:
        config = self._windows.config
        ranking = rank(window, taken_seconds, gap_seconds, config.equal_sharpness)
        if ranking is None:
            return AllVetoed(np.empty(0, np.int64))
        best = ranking.best
        fineness = float(window.fineness[best])
        if self._is_soft(fineness, taken_seconds):
            self._veto(dict.fromkeys(window.rows.tolist(), Reason(ReasonCode.SOFT)))
            return AllVetoed(window.reachable)
        self._fineness[float(window.times_seconds[best])] = fineness
        self.relative_vetoes.pop(int(window.rows[best]), None)
        return RefinedPeak(
            int(window.rows[best]),
            (kept_reason(window, ranking),),
            runner_up(window, ranking, config.apart_seconds, config.equal_sharpness),
        )

    def _veto(self, relative_vetoes: Mapping[int, Reason]) -> None:
        """Note the vetoes of rows, but for rows that are kept."""
        times = self._windows.curve.times_seconds
        self.relative_vetoes |= {
            row: reason
            for row, reason in relative_vetoes.items()
            if float(times[row]) not in self._fineness
        }

    def _is_soft(self, fineness: float, taken_seconds: Floats) -> bool:
        """Tell whether a frame is out of focus beside those that are picked already."""
        taken = [self._fineness[time] for time in taken_seconds.tolist() if time in self._fineness]
        limit = min(_SOFT_FINENESS, _SOFT_SHARE * float(np.median(taken))) if taken else 0.0
        return fineness < limit
