"""Which frame around a peak to keep: the sharpest of those that score as high without a veto.

Where its main face has a fault, such as shut eyes, another one that has none is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from framepick.config import Preference
from framepick.faces.measures import Face
from framepick.picking import AllVetoed, RefinedPeak
from framepick.reasons import Reason, ReasonCode
from framepick.refine.explain import kept_reasons, runner_up
from framepick.refine.faces import FacesOf, no_faces, prefer_face, spread
from framepick.refine.measured import Windows
from framepick.refine.order import rank
from framepick.refine.window import Window, free_places
from framepick.types import Floats

_SOFT_FINENESS = 0.14
"""Fine over coarse structure below which a frame is blurred; frames that are have 1/16 to 0.13."""
_SOFT_SHARE = 0.5
"""Share of the median of the picks so far: a video that is soft throughout keeps its picks."""


class Refiner:
    """Refines the candidates of one selection.

    Of the frames near a candidate without a veto whose smoothed scores are as high as the best, by
    `SAME_DEVIATIONS`, the sharpest is kept, or one whose main face looks better by `faces_of`,
    as far as `prefer` lets faces decide. Once it `is_late`, candidates are kept as they are.
    """

    def __init__(
        self,
        windows: Windows,
        is_late: Callable[[], bool] = lambda: False,
        faces_of: FacesOf = no_faces,
        prefer: Preference = "auto",
    ) -> None:
        self._windows = windows
        self._is_late = is_late
        self._faces_of = faces_of
        self._prefer = prefer
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
        free = free_places(window, taken_seconds, gap_seconds)
        ranking = rank(window.frames, free, config.equal_sharpness)
        if ranking is None:
            return AllVetoed(np.empty(0, np.int64))
        if self._is_soft(float(window.fineness[ranking.best]), taken_seconds):
            self._veto(dict.fromkeys(window.rows.tolist(), Reason(ReasonCode.SOFT)))
            return AllVetoed(window.reachable)
        ranking = prefer_face(
            ranking,
            spread(window.times_seconds, ranking),
            lambda places: self._main_faces(window, places),
            self._prefer,
        )
        best = ranking.best
        self._fineness[float(window.times_seconds[best])] = float(window.fineness[best])
        self.relative_vetoes.pop(int(window.rows[best]), None)
        return RefinedPeak(
            int(window.rows[best]),
            kept_reasons(window, ranking, config.equal_sharpness),
            runner_up(window, ranking, config.apart_seconds, config.equal_sharpness),
        )

    def _main_faces(self, window: Window, places: Sequence[int]) -> Mapping[int, Face]:
        """Give the main face of frames that have one, by place in their window."""
        moments = [self._windows.samples.moment(int(window.rows[place])) for place in places]
        known = {one.moment.frame_index: one.main for one in self._faces_of(moments)}
        pairs = zip(places, (known.get(at.frame_index) for at in moments), strict=True)
        return {place: face for place, face in pairs if face}

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
