"""Correlation coefficients."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from framepick.types import Floats


def pearson(first: ArrayLike, second: ArrayLike) -> float:
    """Return Pearson's linear correlation, -1 to 1; nan where either list is constant.

    Raises ValueError if the lists are not (N,) of one length of at least two, or not finite.
    """
    a, b = _pair(first, second)
    if np.ptp(a) == 0.0 or np.ptp(b) == 0.0:
        return float("nan")
    a, b = a - a.mean(), b - b.mean()
    return float(np.clip(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)), -1.0, 1.0))


def spearman(first: ArrayLike, second: ArrayLike) -> float:
    """Return Spearman's rank correlation, -1 to 1; ties share their mean rank.

    nan where either list is constant. Raises ValueError as `pearson` does.
    """
    a, b = _pair(first, second)
    return pearson(_ranks(a), _ranks(b))


def _ranks(values: Floats) -> Floats:
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(sizes) - (sizes - 1) / 2.0
    return np.asarray(middle[group], np.float64)


def _pair(first: ArrayLike, second: ArrayLike) -> tuple[Floats, Floats]:
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if a.ndim != 1 or a.shape != b.shape or len(a) < 2:
        raise ValueError(f"two lists of one length are needed, not {a.shape} and {b.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("correlations need finite numbers")
    return a, b
