"""Which frame around a peak to keep: the sharpest of those that are as good and have no fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from framepick.measures import gates
from framepick.refine.gates import NEIGHBOUR_SECONDS, look, relative_gates
from framepick.types import CloseUp, Floats, Pick, RunnerUp, Samples, ScoreCurve

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RefineRules:
    """How far a pick may move from its peak."""

    reach_seconds: float = 0.5
    """To each side, within the shot."""
    equal_sharpness: float = 0.97
    """Of the sharpest from which frames count as equally sharp: the higher score wins then."""
    apart_seconds: float = 0.1
    """Least time from a pick to its runner-up, so that the two can be told apart."""

    @property
    def seen_seconds(self) -> float:
        """How far frames are seen to each side: the last that may be kept has neighbours too."""
        return self.reach_seconds + NEIGHBOUR_SECONDS


@dataclass(frozen=True, slots=True, eq=False)
class Refined:
    """Picks after a look at full size."""

    picks: tuple[Pick, ...]
    """In the order of their ranks; those without a sound frame are missing."""
    refusals: Mapping[int, str]
    """Rows that may not be kept, and what is wrong with each."""
    lost: frozenset[int]
    """Rows around peaks that have no sound frame: to be left out when picking anew."""


def rows_to_see(picks: Sequence[Pick], curve: ScoreCurve, rules: RefineRules) -> Rows:
    """Rows of all frames to be seen at full size, rising, each once."""
    spans = [_within(curve.times_seconds, pick.row, rules.seen_seconds) for pick in picks]
    return np.unique(np.concatenate(spans)) if spans else np.empty(0, np.int64)


def refine(
    picks: Sequence[Pick],
    samples: Samples,
    curve: ScoreCurve,
    close_ups: Mapping[int, CloseUp],
    min_gap_seconds: float,
    percentile_of: Callable[[Floats], Floats],
    rules: RefineRules = RefineRules(),
) -> Refined:
    """Move each pick to the best frame near it.

    `close_ups` has the frames of `rows_to_see` that could be found, by row. Of the frames without
    a gate whose smoothed score lies within one standard deviation of the peak's, the sharpest is
    kept. Picks that were `min_gap_seconds` apart stay so.
    """
    kept: list[Pick] = []
    refusals: dict[int, str] = {}
    lost: set[int] = set()
    places = {pick.rank: pick.moment.time_seconds for pick in picks}
    for pick in picks:
        window = _window(pick, samples, curve, close_ups, rules)
        refusals |= window.refusals
        others = np.array([time for rank, time in places.items() if rank != pick.rank])
        order = _order(window, others, min_gap_seconds, rules.equal_sharpness)
        if len(order) == 0:
            lost |= set(window.reachable.tolist())
            del places[pick.rank]
            continue
        refined = _moved(pick, window, order, samples, curve, rules)
        places[pick.rank] = refined.moment.time_seconds
        kept.append(_scored(refined, curve, percentile_of))
    return Refined(tuple(kept), refusals, frozenset(lost))


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """What is known of the frames around one peak; one row per frame that may be kept."""

    peak: int
    """Row of the peak."""
    reachable: Rows
    """All rows within reach, gated and unseen ones too."""
    rows: Rows
    """(N,) those without a gate, rising."""
    times_seconds: Floats
    sharpness: Floats
    smoothed: Floats
    deviation: float
    """Standard deviation of the smoothed score at the peak."""
    refusals: Mapping[int, str]
    """Relative gates of the rows within reach."""
    seen_count: int
    """Frames within reach that were seen."""


def _window(
    pick: Pick,
    samples: Samples,
    curve: ScoreCurve,
    close_ups: Mapping[int, CloseUp],
    rules: RefineRules,
) -> _Window:
    reachable = _within(curve.times_seconds, pick.row, rules.reach_seconds)
    reachable = reachable[curve.shot[reachable] == curve.shot[pick.row]]
    around = _within(curve.times_seconds, pick.row, rules.seen_seconds)
    rows = np.array([row for row in around.tolist() if row in close_ups], np.int64)
    if len(rows):
        seen = look([close_ups[row] for row in rows.tolist()], curve.shot[rows])
        faults, sharpness = relative_gates(seen), seen.sharpness
    else:
        faults, sharpness = np.array([], np.str_), np.empty(0)
    within = np.isin(rows, reachable)
    hard = gates(samples.measures[rows]) != ""
    sound = within & (faults == "") & ~hard & np.isfinite(curve.raw[rows])
    return _Window(
        peak=pick.row,
        reachable=reachable,
        rows=rows[sound],
        times_seconds=curve.times_seconds[rows[sound]],
        sharpness=sharpness[sound],
        smoothed=curve.smoothed[rows[sound]],
        deviation=float(np.sqrt(curve.variance[pick.row])),
        refusals={
            int(row): str(fault)
            for row, fault in zip(rows[within], faults[within], strict=True)
            if fault
        },
        seen_count=int(within.sum()),
    )


def _order(
    window: _Window, others_seconds: Floats, min_gap_seconds: float, equal_sharpness: float
) -> NDArray[np.int64]:
    """Places in the window, best first: contenders by sharpness, then the rest by score."""
    if len(window.rows) == 0:
        return np.empty(0, np.int64)
    apart = np.abs(window.times_seconds[:, None] - others_seconds[None])
    spaced: NDArray[np.bool_] = np.all(apart >= min_gap_seconds, axis=1)
    free = spaced if spaced.any() else np.ones(len(window.rows), np.bool_)
    level = window.smoothed[free].max() - window.deviation
    contends = free & (window.smoothed >= level)
    sharpest = window.sharpness[contends].max()
    # sharpness in steps, so that within a step the score decides
    step = np.floor(np.log(sharpest / window.sharpness) / -np.log(equal_sharpness))
    order = np.lexsort((window.rows, -window.smoothed, step, ~contends, ~free))
    return order[free[order]]


def _moved(
    pick: Pick,
    window: _Window,
    order: NDArray[np.int64],
    samples: Samples,
    curve: ScoreCurve,
    rules: RefineRules,
) -> Pick:
    best = int(order[0])
    row = int(window.rows[best])
    apart = np.abs(window.times_seconds[order] - window.times_seconds[best])
    second = order[apart >= rules.apart_seconds]
    runner_up = None
    if len(second):
        other = int(second[0])
        runner_up = RunnerUp(
            samples.moment(int(window.rows[other])),
            int(window.rows[other]),
            float(window.smoothed[other]),
            _second_reason(window, best, other),
        )
    elif pick.row in window.refusals:
        runner_up = RunnerUp(pick.moment, pick.row, pick.score, window.refusals[pick.row])
    return replace(
        pick,
        moment=samples.moment(row),
        row=row,
        reasons=(*pick.reasons, _reason(pick, window, row)),
        peak_seconds=None if row == pick.row else pick.moment.time_seconds,
        runner_up=runner_up,
    )


def _reason(pick: Pick, window: _Window, row: int) -> str:
    sharpest = f"sharpest of {window.seen_count} frames around its peak"
    if row == pick.row:
        return sharpest if window.seen_count > 1 else "the only frame around its peak"
    if fault := window.refusals.get(pick.row):
        return f"its peak at {pick.moment.time_seconds:.3f} s is {fault}"
    return sharpest


def _second_reason(window: _Window, best: int, other: int) -> str:
    loss = 1.0 - window.sharpness[other] / window.sharpness[best]
    if loss >= 0.01:
        return f"{loss:.0%} less sharp"
    lower = window.smoothed[best] - window.smoothed[other]
    return f"as sharp, score {lower:.3f} lower" if lower > 0 else "outside the best stretch"


def _scored(pick: Pick, curve: ScoreCurve, percentile_of: Callable[[Floats], Floats]) -> Pick:
    score = curve.smoothed[pick.row]
    below = np.count_nonzero(curve.smoothed <= score)
    return replace(
        pick,
        score=float(score),
        percentile=float(percentile_of(np.array([score]))[0]),
        percentile_in_video=100.0 * below / max(len(curve), 1),
    )


def _within(times_seconds: Floats, row: int, seconds: float) -> Rows:
    """Rows whose time lies within `seconds` of that of `row`."""
    centre = times_seconds[row]
    first = np.searchsorted(times_seconds, centre - seconds - 1e-9)
    last = np.searchsorted(times_seconds, centre + seconds + 1e-9, side="right")
    return np.arange(first, last)
