"""Calibration: from scores on any scale to ratings and votes, fitted on other themes.

A score that only ranks pictures can still predict ratings and votes, through a monotonic map from
score to rating that is fitted on other themes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from framepick.types import Floats


def cross_fitted(scores: Floats, targets: Floats, folds: NDArray[np.int64]) -> Floats:
    """Predict `targets` (N, K) from `scores` (N,), each of two folds or more by all the others.

    Each column is an isotonic regression, rising with the score and linear between its steps.
    Columns that are in order for every picture, such as cumulative shares, stay in order.
    Isotonic regression: Barlow et al., "Statistical Inference under Order Restrictions" (1972).
    """
    predicted = np.empty(targets.shape)
    for fold in np.unique(folds):
        out = folds == fold
        for column in range(targets.shape[1]):
            predicted[out, column] = _rising(scores[~out], targets[~out, column], scores[out])
    return predicted


def cumulative_shares(votes: Floats) -> Floats:
    """Return the share (N, B) of votes at or below each value, from counts or shares (N, B)."""
    return np.asarray(votes.cumsum(axis=1) / votes.sum(axis=1, keepdims=True), np.float64)


def _rising(scores: Floats, targets: Floats, at: Floats) -> Floats:
    levels, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    means = np.bincount(place, targets) / counts
    fitted = isotonic_regression(means, weights=counts.astype(np.float64)).x
    return np.interp(at, levels, fitted)
