"""Weighted correlations and means, vectorised over bootstrap draws.

A `Statistic` is a function of weights (B, N), how often each of N pictures counts in each of B
draws, to (B,) values; a picture of weight 0 does not count. A statistic of a subset of pictures is
the same statistic with the others' weights at 0, and the gain of one score over another is the
difference of two statistics under the same weights.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from framepick.types import Floats

Statistic = Callable[[Floats], Floats]
_NO_SPREAD = 1e-24
"""Variance below this part of the largest square is rounding."""


def mean_of(values: ArrayLike) -> Statistic:
    """Mean over the pictures of `values` (N,), or of the average of several rounds (R, N)."""
    row = _rounds(values).mean(axis=0)

    def statistic(weights: Floats) -> Floats:
        return _ratio(weights @ row, weights.sum(axis=1))

    return statistic


def ratio_of(above: ArrayLike, below: ArrayLike) -> Statistic:
    """Sum of `above` (N,) over the sum of `below` (N,); nan where that is not positive."""
    numerators, denominators = np.asarray(above, np.float64), np.asarray(below, np.float64)
    return lambda weights: _ratio(weights @ numerators, weights @ denominators)


def pearson_of(scores: ArrayLike, targets: ArrayLike) -> Statistic:
    """Pearson's correlation of `scores` (N,) or rounds (R, N) with `targets` (N,), averaged."""
    rounds, target = _rounds(scores), np.asarray(targets, np.float64)

    def statistic(weights: Floats) -> Floats:
        return _average([_pearson(row[None], target[None], weights) for row in rounds])

    return statistic


def spearman_of(scores: ArrayLike, targets: ArrayLike) -> Statistic:
    """Spearman's rank correlation, ranks taken anew in each draw, as `pearson_of` otherwise."""
    rounds = [_ranks_of(row) for row in _rounds(scores)]
    target_ranks = _ranks_of(np.asarray(targets, np.float64))

    def statistic(weights: Floats) -> Floats:
        target = target_ranks(weights)
        return _average([_pearson(ranks(weights), target, weights) for ranks in rounds])

    return statistic


def restricted_to(statistic: Statistic, rows: ArrayLike) -> Statistic:
    """Restrict `statistic` to the pictures where `rows` (N,) is true."""
    mask = np.asarray(rows, np.float64)
    return lambda weights: statistic(weights * mask)


def gain_of(first: Statistic, second: Statistic) -> Statistic:
    """Subtract `second` from `first` in each draw; nan where both are infinite."""

    def statistic(weights: Floats) -> Floats:
        with np.errstate(invalid="ignore"):
            return np.asarray(first(weights) - second(weights), np.float64)

    return statistic


def _ranks_of(values: Floats) -> Statistic:
    """Give the ranks (B, N) of `values` (N,) under weights (B, N); ties share theirs."""
    _, place = np.unique(values, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(place.max() + 1))

    def ranks(weights: Floats) -> Floats:
        sizes = np.add.reduceat(weights[:, order], starts, axis=1)  # (B, distinct values)
        middle = sizes.cumsum(axis=1) - (sizes - 1.0) / 2.0
        return np.asarray(middle[:, place], np.float64)

    return ranks


def _pearson(a: Floats, b: Floats, weights: Floats) -> Floats:
    """Correlation (B,) of `a` and `b`, each (B, N) or (1, N); nan where either is constant."""
    total = np.maximum(weights.sum(axis=1, keepdims=True), 1.0)
    parts = []
    for values in (a, b):
        centred = values - (values * weights).sum(axis=1, keepdims=True) / total
        variance = (centred * centred * weights).sum(axis=1)
        largest = (values * values * weights).max(axis=1)
        parts.append((centred, np.where(variance > _NO_SPREAD * largest, variance, 0.0)))
    (x, x_variance), (y, y_variance) = parts
    return _ratio((x * y * weights).sum(axis=1), np.sqrt(x_variance * y_variance))


def _ratio(above: Floats, below: Floats) -> Floats:
    nothing = np.full(len(above), np.nan)
    return np.asarray(np.divide(above, below, out=nothing, where=below > 0.0), np.float64)


def _average(rounds: list[Floats]) -> Floats:
    return np.asarray(np.mean(rounds, axis=0), np.float64)


def _rounds(values: ArrayLike) -> Floats:
    rows = np.atleast_2d(np.asarray(values, np.float64))
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise ValueError(f"finite numbers (N,) or (R, N) are needed, not {rows.shape}")
    return rows
