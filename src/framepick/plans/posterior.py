"""Estimates the scores of unobserved frames from the frames observed so far (pure functions).

The score is modelled as an Ornstein-Uhlenbeck process around the video's mean, conditioned on the
nearest observations to both sides; where observed scores vary more, the deviation is larger. Time
is weighted by motion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framepick.curve import CUT_CHANGE
from framepick.measures import vetoes
from framepick.types import Flags, Floats, Rows, Samples, Timeline

TIME_CONSTANT_SECONDS = 2.0
"""Weighted time in which the correlation of two scores falls to 1/e."""
SPREAD_SECONDS = 1.5
"""Weighted time to each side of a frame in which observed scores tell how much they vary there."""
SMOOTHING_SECONDS = 0.35
"""Window that scores are averaged over before they are compared: a peak is no single frame."""
RUN_GAP_SECONDS = 0.3
"""Observed frames that are no further apart belong to one run."""
RUN_SECONDS = 0.5
"""Least length of a run that may hold picks; shorter ones only tell where to look."""
SAME_PICTURE_SECONDS = 0.3
"""Weighted time between two frames under which they count as the same picture."""
_CUT_SECONDS = 1e6
"""Weighted time added at a cut, so that scores of different shots are not correlated."""
_TINY = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """The frames decoded so far, in order of time."""

    times_seconds: Floats
    """(N,) `Moment.time_seconds` of each."""
    motion_seconds: Floats
    """(P,) time of each frame of the video weighted by motion, with `_CUT_SECONDS` at each cut."""
    rows: Rows
    """(N,) rows in the timeline."""
    values: Floats
    """(N,) scores, averaged over neighbours where these were observed."""
    in_run: Flags
    """(N,) True where enough of the neighbourhood was observed to pick from it."""
    mean: float
    """Mean of the values of key frames, a fair sample of the video."""
    deviation: float
    """Standard deviation of these."""


def observe(
    timeline: Timeline, motion_seconds: Floats, static: Flags, samples: Samples
) -> Observations:
    """Sum up `samples`; frames that may not be picked count as the worst of the others.

    `motion_seconds` and `static` (P,) are those of the packets, as `motion` gives them.
    """
    # a damaged file may hold other frames than its packets tell
    inside = samples.frame_index < len(timeline)
    rows = samples.frame_index[inside]
    times = timeline.times_seconds[rows]
    unvetoed = (vetoes(samples.measures) == "") & np.isfinite(samples.raw)
    worst = float(samples.raw[unvetoed].min()) if unvetoed.any() else 0.0
    raw = np.where(unvetoed, samples.raw, worst)[inside]
    is_cut = samples.content_change[inside] > CUT_CHANGE
    run = np.cumsum(is_cut | (np.diff(times, prepend=times[:1]) > RUN_GAP_SECONDS))
    first = np.searchsorted(run, np.arange(run[0], run[-1] + 1))
    last = np.append(first[1:], len(run)) - 1
    length = times[last] - times[first]
    run = run - run[0]
    values = _averaged(raw, times, first[run], last[run])
    keys = timeline.key[rows]
    sample = values[keys] if keys.any() else values
    return Observations(
        times_seconds=times,
        motion_seconds=motion_seconds + _cut_offsets(rows[is_cut], len(timeline)),
        rows=rows,
        values=values,
        in_run=(length >= RUN_SECONDS)[run] | static[np.minimum(rows + 1, len(timeline) - 1)],
        mean=float(sample.mean()),
        deviation=float(sample.std()) + _TINY,
    )


def _cut_offsets(cuts: Rows, count: int) -> Floats:
    """Give what cuts add to the weighted time of each row (P,); `cuts` are the rows after them."""
    offsets = np.zeros(count)
    offsets[cuts] = _CUT_SECONDS
    return np.cumsum(offsets)


def _averaged(raw: Floats, times: Floats, first: Rows, last: Rows) -> Floats:
    """Average each value (N,) with its neighbours in its run, rows `first` to `last` (N,)."""
    half = SMOOTHING_SECONDS / 2 + _TINY
    start = np.maximum(np.searchsorted(times, times - half), first)
    stop = np.minimum(np.searchsorted(times, times + half, side="right"), last + 1)
    sums = np.concatenate([[0.0], np.cumsum(raw)])
    means: Floats = (sums[stop] - sums[start]) / (stop - start)
    return means


def posterior(rows: Rows, observed: Observations) -> tuple[Floats, Floats]:
    """Give mean and standard deviation (M,) of the score at `rows` (M,) of the timeline."""
    right = np.clip(np.searchsorted(observed.rows, rows), 1, None)
    right = np.minimum(right, len(observed.rows) - 1)
    left = np.maximum(right - 1, 0)
    at, known = observed.motion_seconds[rows], observed.motion_seconds[observed.rows]
    near, far = _correlation(at - known[left]), _correlation(known[right] - at)
    both = np.minimum(_correlation(known[right] - known[left]), 1 - 1e-6)
    weight_left = (near - both * far) / (1 - both**2)
    weight_right = (far - both * near) / (1 - both**2)
    mean = (
        observed.mean
        + weight_left * (observed.values[left] - observed.mean)
        + weight_right * (observed.values[right] - observed.mean)
    )
    unknown = np.maximum(1 - weight_left * near - weight_right * far, 1e-6)
    deviation = np.maximum(
        observed.deviation * np.sqrt(unknown),
        _local_deviation(at, known, observed.values - observed.mean),
    )
    return mean, deviation


def _correlation(seconds: Floats) -> Floats:
    correlation: Floats = np.exp(-np.abs(seconds) / TIME_CONSTANT_SECONDS)
    return correlation


def _local_deviation(at: Floats, motion_seconds: Floats, values: Floats) -> Floats:
    """Give the standard deviation (M,) of `values` (N,) around each of `at` (M,).

    `at` and `motion_seconds` (N,), those of the values, are weighted times.
    """
    first = np.searchsorted(motion_seconds, at - SPREAD_SECONDS)
    last = np.searchsorted(motion_seconds, at + SPREAD_SECONDS)
    count = np.maximum(last - first, 1)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    squares = np.concatenate([[0.0], np.cumsum(values**2)])
    mean = (sums[last] - sums[first]) / count
    variance: Floats = np.maximum((squares[last] - squares[first]) / count - mean**2, 0.0)
    return np.sqrt(variance)


def expected_improvement(mean: Floats, deviation: Floats, bar: Floats) -> Floats:
    """Give the mean (M,) of max(score - bar, 0) for normally distributed scores (Mockus, 1975).

    `mean`, `deviation` and `bar` (M,) are in units of the score.
    """
    lead = (mean - bar) / deviation
    density = np.exp(-0.5 * lead**2) / np.sqrt(2 * np.pi)
    improvement: Floats = deviation * (density + lead * _normal_share(lead))
    return improvement


def _normal_share(values: Floats) -> Floats:
    """Share (M,) of the standard normal distribution below each of `values` (M,)."""
    return 0.5 * np.fromiter(map(math.erfc, values / -math.sqrt(2.0)), np.float64, len(values))


def best_apart(observed: Observations, count: int, min_gap_seconds: float) -> Rows:
    """Give the places (n,) of the `count` best observations in runs that keep the spacing.

    The best come first. Frames of the same picture count as one.
    """
    times, weighted = observed.times_seconds, observed.motion_seconds[observed.rows]
    values = np.where(observed.in_run, observed.values, -np.inf)
    picks: list[int] = []
    while len(picks) < count:
        best = int(np.argmax(values))
        if values[best] == -np.inf:
            break
        picks.append(best)
        near = _around(times, best, min_gap_seconds)
        same = _around(weighted, best, SAME_PICTURE_SECONDS)
        values[min(near[0], same[0], best) : max(near[1], same[1], best + 1)] = -np.inf
    return np.array(picks, np.int64)


def _around(seconds: Floats, place: int, gap: float) -> tuple[int, int]:
    """Give the range of rising `seconds` (N,) that lie closer than `gap` to that at `place`."""
    first = np.searchsorted(seconds, seconds[place] - gap, side="right")
    return int(first), int(np.searchsorted(seconds, seconds[place] + gap))
