"""Which frame around a peak to keep: the sharpest of those that are as good and have no fault."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framepick.config import RefineConfig
from framepick.measures import vetoes
from framepick.picking import AllVetoed, RefinedPeak
from framepick.refine.relative_vetoes import relative_vetoes, stack_details
from framepick.types import DetailMeasures, Floats, Moment, Samples, ScoreCurve

Rows = NDArray[np.int64]
DetailMeasuresOf = Callable[[Sequence[Moment]], Iterable[DetailMeasures]]
"""Looks at frames at full size, as `FrameSource.close_ups`."""

_KEPT_DETAILS = 4096
"""Windows of picks may overlap; each detail takes some 4 kB."""
_NO_TIME = "not looked at in full size: time was up"
_UNSEEN = "not looked at in full size: the frames around it were not found again"
_SOFT = "softer than the rest of the video"
_SOFT_FINENESS = 0.14
"""Fine over coarse structure that nothing in focus has; what is wholly blurred has 1/16 to 0.13."""
_SOFT_SHARE = 0.5
"""Of the median of the picks so far: a video that is soft throughout is not refused."""
_LOCAL_FRAMES = 2
_TINY = 1e-12
_SAME_SECONDS = 1e-6
"""Times closer than this are one."""


class Refiner:
    """Settles peaks of one video, looking at their neighbours at full size as they are asked for.

    Of the frames near a peak without a veto whose smoothed score lies within one standard
    deviation of the peak's, the sharpest is kept. Once it `is_late`, peaks are kept as they are.
    """

    def __init__(
        self,
        detail_measures: DetailMeasuresOf,
        samples: Samples,
        curve: ScoreCurve,
        rules: RefineConfig,
        is_late: Callable[[], bool] = lambda: False,
    ) -> None:
        self._is_late = is_late
        self._close_ups = detail_measures
        self._samples = samples
        self._curve = curve
        self._rules = rules
        self._seen: OrderedDict[int, DetailMeasures | None] = OrderedDict()
        self._fineness: dict[float, float] = {}
        """Of the frames settled on, by `Moment.time_seconds`."""
        self.relative_vetoes: dict[int, str] = {}
        """Rows near peaks that may not be kept, and what is wrong with each."""

    def __call__(
        self, row: int, taken_seconds: Floats, gap_seconds: float
    ) -> RefinedPeak | AllVetoed:
        """Choose the frame near `row` that is `gap_seconds` from `taken_seconds` (n,)."""
        if self._is_late():
            return RefinedPeak(row, (_NO_TIME,))
        window = self._window(row)
        if window is None:  # some files are found again in order only, as stills are
            return RefinedPeak(row, (_UNSEEN,))
        self._veto(window.relative_vetoes)
        if len(window.rows) == 0:
            return AllVetoed(window.reachable)
        ranking = _rank(window, taken_seconds, gap_seconds, self._rules.equal_sharpness)
        if ranking is None:
            return AllVetoed(np.empty(0, np.int64))
        best = ranking.best
        if self._is_soft(float(window.fineness[best]), taken_seconds):
            self._veto(dict.fromkeys(window.rows.tolist(), _SOFT))
            return AllVetoed(window.reachable)
        self._fineness[float(window.times_seconds[best])] = float(window.fineness[best])
        self.relative_vetoes.pop(int(window.rows[best]), None)
        return RefinedPeak(
            int(window.rows[best]),
            (_reason(window, ranking),),
            _runner_up(window, ranking, self._rules),
        )

    def _veto(self, relative_vetoes: Mapping[int, str]) -> None:
        """Note what is wrong with rows, save those that were settled on before."""
        times = self._curve.times_seconds
        self.relative_vetoes |= {
            row: why
            for row, why in relative_vetoes.items()
            if float(times[row]) not in self._fineness
        }

    def _is_soft(self, fineness: float, taken_seconds: Floats) -> bool:
        """Tell whether a frame is out of focus beside what was picked before."""
        taken = [self._fineness[time] for time in taken_seconds.tolist() if time in self._fineness]
        limit = min(_SOFT_FINENESS, _SOFT_SHARE * float(np.median(taken))) if taken else 0.0
        return fineness < limit

    def _window(self, row: int) -> _Window | None:
        around = _within(self._curve.times_seconds, row, self._rules.decoded_seconds)
        # blocks of a damaged picture have much structure and must not set the measure
        seen = self._see(around[~self._samples.measures["is_damaged"][around]])
        return _window(row, self._samples, self._curve, seen, self._rules) if seen else None

    def _see(self, rows: Rows) -> dict[int, DetailMeasures]:
        """Detail measures of `rows`, those that could be found."""
        new = [row for row in rows.tolist() if row not in self._seen]
        row_of = {int(self._samples.frame_index[row]): row for row in new}
        self._seen |= dict.fromkeys(new)
        for found in self._close_ups([self._samples.moment(row) for row in new]):
            self._seen[row_of[found.moment.frame_index]] = found
        known = {row: one for row in rows.tolist() if (one := self._seen[row]) is not None}
        while len(self._seen) > _KEPT_DETAILS:
            self._seen.popitem(last=False)
        return known


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """What is known of the frames around one peak; one row per frame that may be kept."""

    peak: int
    """Row of the peak."""
    peak_seconds: float
    reachable: Rows
    """All rows within reach, gated and unseen ones too."""
    rows: Rows
    """(N,) those without a veto, rising."""
    times_seconds: Floats
    sharpness: Floats
    fineness: Floats
    smoothed: Floats
    local: Floats
    """Mean raw score of the frame and those next to it: what smoothing levels out shows here."""
    deviation: float
    """Standard deviation of the smoothed score at the peak."""
    relative_vetoes: Mapping[int, str]
    """Relative vetoes of the rows within reach."""
    seen_count: int
    """Frames within reach that were seen."""


def _window(
    peak: int,
    samples: Samples,
    curve: ScoreCurve,
    detail_measures: Mapping[int, DetailMeasures],
    rules: RefineConfig,
) -> _Window:
    reachable = _within(curve.times_seconds, peak, rules.reach_seconds)
    reachable = reachable[curve.shot[reachable] == curve.shot[peak]]
    rows = np.array(sorted(detail_measures), np.int64)
    seen = stack_details([detail_measures[row] for row in rows.tolist()], curve.shot[rows])
    faults = relative_vetoes(seen)
    within = np.isin(rows, reachable)
    hard = vetoes(samples.measures[rows]) != ""
    sound = within & (faults == "") & ~hard & np.isfinite(curve.raw[rows])
    refused = within & (faults != "") & ~hard
    return _Window(
        peak=peak,
        peak_seconds=float(curve.times_seconds[peak]),
        reachable=reachable,
        rows=rows[sound],
        times_seconds=curve.times_seconds[rows[sound]],
        sharpness=seen.sharpness[sound],
        fineness=seen.fineness[sound],
        smoothed=curve.smoothed[rows[sound]],
        local=_local_scores(curve, rows[sound]),
        deviation=float(np.sqrt(curve.variance[peak])),
        relative_vetoes=dict(zip(rows[refused].tolist(), faults[refused].tolist(), strict=True)),
        seen_count=int(within.sum()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Ranking:
    """Which frame of a window to keep."""

    order: NDArray[np.int64]
    """(n,) places in the window that may be kept, best first; at least one."""
    contenders: int
    """So many of them, the first, score as high as any: among these sharpness decides."""

    @property
    def best(self) -> int:
        return int(self.order[0])


def _rank(
    window: _Window, taken_seconds: Floats, gap_seconds: float, equal_sharpness: float
) -> _Ranking | None:
    """Rank the frames that keep the spacing: contenders by sharpness, then by score."""
    apart = np.abs(window.times_seconds[:, None] - taken_seconds[None])
    free: NDArray[np.bool_] = np.all((apart >= gap_seconds) & (apart > 0), axis=1)
    if not free.any():
        return None
    contends = free & (window.smoothed >= window.smoothed[free].max() - window.deviation)
    sharpness = np.maximum(window.sharpness, _TINY)
    # sharpness in steps, so that within a step the score decides
    steps = np.floor(np.log(sharpness / sharpness[contends].max()) / np.log(equal_sharpness))
    order = np.lexsort((window.rows, -window.local, steps, ~contends))
    return _Ranking(order[free[order]], int(contends.sum()))


def _local_scores(curve: ScoreCurve, rows: Rows) -> Floats:
    """Mean raw score (n,) of up to `_LOCAL_FRAMES` frames to each side in the same shot."""
    near = rows[:, None] + np.arange(-_LOCAL_FRAMES, _LOCAL_FRAMES + 1)[None]
    inside = np.clip(near, 0, len(curve) - 1)
    counts = (inside == near) & (curve.shot[inside] == curve.shot[rows][:, None])
    counts &= np.isfinite(curve.raw[inside])
    total = np.where(counts, curve.raw[inside], 0.0).sum(axis=1)
    means: Floats = total / np.maximum(counts.sum(axis=1), 1)
    return means


def _runner_up(window: _Window, ranking: _Ranking, rules: RefineConfig) -> tuple[int, str] | None:
    times = window.times_seconds[ranking.order]
    apart = np.flatnonzero(np.abs(times - times[0]) >= rules.apart_seconds)
    if len(apart):
        place = int(apart[0])
        row = int(window.rows[ranking.order[place]])
        return row, _second_reason(window, ranking, place, rules.equal_sharpness)
    if window.peak in window.relative_vetoes:
        return window.peak, window.relative_vetoes[window.peak]
    return None


def _reason(window: _Window, ranking: _Ranking) -> str:
    fault = window.relative_vetoes.get(window.peak)
    if fault:
        return f"the peak at {window.peak_seconds:.3f} s is {fault}, this is the best frame beside"
    if window.seen_count == 1:
        return "the only frame around its peak"
    if ranking.contenders == 1:
        return "no other frame around its peak scores as high"
    contenders = window.sharpness[ranking.order[: ranking.contenders]]
    rank = "sharpest" if contenders[0] == contenders.max() else "among the sharpest"
    return f"{rank} of {ranking.contenders} frames around its peak that score as high"


def _second_reason(window: _Window, ranking: _Ranking, place: int, equal_sharpness: float) -> str:
    best, other = ranking.best, int(ranking.order[place])
    if place >= ranking.contenders:
        return f"score {window.smoothed[best] - window.smoothed[other]:.3f} lower"
    left = window.sharpness[other] / max(window.sharpness[best], _TINY)
    if left < equal_sharpness:
        return f"{1.0 - left:.0%} less sharp"
    if window.local[other] < window.local[best]:
        return "as sharp, but frame by frame it scores a little lower there"
    return "as good, but not taken first"


def _within(times_seconds: Floats, row: int, seconds: float) -> Rows:
    """Rows whose time lies within `seconds` of that of `row`."""
    centre = times_seconds[row]
    first = np.searchsorted(times_seconds, centre - seconds - _SAME_SECONDS)
    last = np.searchsorted(times_seconds, centre + seconds + _SAME_SECONDS, side="right")
    return np.arange(first, last)
