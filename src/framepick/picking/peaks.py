"""Peaks of the score curve, and those of them that are worth a closer look (pure functions)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from framepick.types import Floats, Rows, ScoreCurve

MAX_CANDIDATES = 512
"""Peaks whose content vectors are compared; a larger count raises it to four times the count."""
MIN_CANDIDATES_PER_SHOT = 8
"""Each shot may send this many, or its even share if that is more: one long shot is not all."""
POOR_PERCENTILE = 2.0
"""Percentile of the reference photographs under which a peak counts as poor."""

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


def candidate_peaks(
    curve: ScoreCurve, eligible: Rows, count: int, percentile_of: PercentileOf
) -> Rows:
    """Peaks that picks may be made of, best first, for `count` picks.

    Peaks that are poor are none of them, and where there are very many, no shot sends more than
    its share.
    """
    found = peaks(curve.smoothed, curve.shot, eligible)
    found = found[~_is_poor(curve, found, eligible, percentile_of)]
    return _best_of_each_shot(curve, found, max(MAX_CANDIDATES, 4 * count))


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


def _best_of_each_shot(curve: ScoreCurve, rows: Rows, limit: int) -> Rows:
    """Up to `limit` of `rows`, best first, none of the shots sending more than its share."""
    ordered = rows[np.lexsort((rows, -curve.smoothed[rows]))]
    if len(ordered) <= limit:
        return ordered
    by_shot = np.argsort(curve.shot[ordered], kind="stable")
    numbers = curve.shot[ordered][by_shot]
    place = np.empty(len(ordered), np.int64)  # 0 for the best peak of its shot, then 1, ...
    place[by_shot] = np.arange(len(ordered)) - np.searchsorted(numbers, numbers)
    share = max(MIN_CANDIDATES_PER_SHOT, limit // len(np.unique(numbers)))
    return ordered[place < share][:limit]
