"""Peaks of the score curve, and the frames that are worth a closer look (pure functions)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from framepick.types import Floats, Rows, ScoreCurve

MAX_CANDIDATES = 2048
"""Frames whose content vectors are compared; more shots than this raise it."""
POOR_PERCENTILE = 2.0
"""Percentile of the reference photographs under which a peak counts as poor."""

_TINY_SECONDS = 1e-9

PercentileOf = Callable[[Floats], Floats]
"""Gives the percentiles (n,), 0 to 100, of scores (n,) among the reference photographs."""


def peaks(smoothed: Floats, shot: NDArray[np.int32], eligible: Rows) -> Rows:
    """Rows of the local maxima of `smoothed` (T,) within each shot, rising.

    Only `eligible` rows (n,), rising, count, and those between them are passed over, so a hill
    whose top is vetoed peaks at the best frame that is left of it. Ends of a shot may be peaks; a
    plateau peaks in its middle.
    """
    if len(eligible) == 0:
        return eligible
    parts = np.cumsum(np.diff(shot[eligible], prepend=shot[eligible[0]]) != 0)
    place = np.arange(len(eligible)) + 1 + parts  # one gap of -inf before each shot
    padded = np.full(place[-1] + 2, -np.inf)
    padded[place] = smoothed[eligible]
    return eligible[np.searchsorted(place, _maxima(padded))]


def best_first(curve: ScoreCurve, parts: Rows, eligible: Rows, percentile_of: PercentileOf) -> Rows:
    """Places in the rows `parts` of those that are not poor, best first, peaks before equals."""
    is_peak = np.isin(parts, peaks(curve.smoothed, curve.shot, eligible))
    order: Rows = np.lexsort((parts, ~is_peak, -curve.smoothed[parts]))
    return order[~_is_poor(curve, parts[order], eligible, percentile_of)]


def best_of_parts(curve: ScoreCurve, rows: Rows) -> Rows:
    """All `rows`; of long videos the best in each of many short parts of the shots."""
    if len(rows) <= MAX_CANDIDATES:
        return rows
    times, shot = curve.times_seconds[rows], curve.shot[rows]
    seconds = max(float(times[-1] - times[0]) / MAX_CANDIDATES, _TINY_SECONDS)
    part = np.floor(times / seconds).astype(np.int64)
    is_peak = np.isin(rows, peaks(curve.smoothed, curve.shot, rows))
    order = np.lexsort((rows, ~is_peak, -curve.smoothed[rows], part, shot))
    starts = np.append(True, (np.diff(part[order]) != 0) | (np.diff(shot[order]) != 0))
    return np.sort(rows[order[starts]])


def _maxima(values: Floats) -> Rows:
    """Rows of `values` (N,) above both neighbours; of a plateau its middle."""
    changes = np.flatnonzero(values[1:] != values[:-1])
    starts, ends = np.append(0, changes + 1), np.append(changes, len(values) - 1)
    levels = values[starts]
    tops = np.flatnonzero((levels[1:-1] > levels[:-2]) & (levels[1:-1] > levels[2:])) + 1
    middles: Rows = (starts[tops] + ends[tops]) // 2
    return middles


def _is_poor(
    curve: ScoreCurve, rows: Rows, eligible: Rows, percentile_of: PercentileOf
) -> NDArray[np.bool_]:
    """True for `rows` (n,) that are poor both among photographs and for this video."""
    if len(rows) == 0:
        return np.empty(0, np.bool_)
    scores, all_scores = curve.smoothed[rows], curve.smoothed[eligible]
    in_lower_half = scores < (all_scores.min() + all_scores.max()) / 2
    poor: NDArray[np.bool_] = in_lower_half & (percentile_of(scores) < POOR_PERCENTILE)
    return poor
