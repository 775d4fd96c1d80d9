"""Confidence intervals by the bootstrap over groups of pictures.

Pictures of one theme resemble each other, so whole themes are resampled: with single pictures
the intervals would be too narrow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from framepick.evaluation.statistics import Statistic
from framepick.types import Floats

DRAWS = 2000
_CELLS_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A statistic with its 95 % interval; nan where it is undefined."""

    value: float
    low: float = float("nan")
    high: float = float("nan")


def interval(
    statistic: Statistic, groups: ArrayLike, draws: int = DRAWS, seed: int = 0
) -> Interval:
    """Compute `statistic` on all pictures, with the 2.5 and 97.5 percentiles of its draws.

    `groups` (N,) names the group of each picture; each draw takes as many groups as there are,
    with replacement. Of a single group there is no interval. Efron and Tibshirani, "An
    Introduction to the Bootstrap" (1993), the percentile interval.
    """
    names, place = np.unique(np.asarray(groups), return_inverse=True)
    value = float(statistic(np.ones((1, len(place))))[0])
    if len(names) < 2 or not np.isfinite(value):
        return Interval(value)
    drawn = np.concatenate([statistic(weights) for weights in _weights(place, draws, seed)])
    drawn = drawn[~np.isnan(drawn)]  # such as of a category none of whose themes was drawn
    if not len(drawn):
        return Interval(value)
    low, high = np.percentile(drawn, [2.5, 97.5], method="inverted_cdf")  # no mean of infinities
    return Interval(value, float(low), float(high))


def _weights(place: np.ndarray, draws: int, seed: int) -> Iterator[Floats]:
    """Yield how often each picture is drawn, (B, N) at a time, `draws` rows in all."""
    generator = np.random.default_rng(seed)
    groups = int(place.max()) + 1
    at_once = max(1, _CELLS_AT_ONCE // len(place))
    for start in range(0, draws, at_once):
        rows = min(at_once, draws - start)
        counts = generator.multinomial(groups, np.full(groups, 1.0 / groups), size=rows)
        yield counts[:, place].astype(np.float64)
