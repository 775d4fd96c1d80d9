"""Cross-validation by theme."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from framepick.errors import UsageError
from framepick.ratings import RatedSet, theme_folds
from framepick.types import Floats, Rows

FOLDS = 5
SEEDS = (0, 1, 2)
FitPredict = Callable[[Rows, Rows], Floats]
"""Fits on the first rows of the set and returns the scores of the second."""


def cross_validate(
    rated: RatedSet,
    fit_predict: FitPredict,
    folds: int = FOLDS,
    seeds: Sequence[int] = SEEDS,
) -> Floats:
    """Return cross-validated scores (R, N) of all pictures, one row per seed.

    Pictures of split train, and those of no split, are scored by a fit on the other folds; a theme
    is never on both sides. Pictures of any other split are scored by a fit on all folds. Only
    `fit_rows` are fitted on. Raises UsageError where a fold leaves nothing to fit on.
    """
    return np.stack([_one_round(rated, fit_predict, folds, seed) for seed in seeds])


def fit_rows(rated: RatedSet) -> Rows:
    """Return the rows to fit on: of split train or no split, and free where any of them is."""
    known = is_training_row(rated)
    free = known & rated.is_free
    return np.flatnonzero(free if free.any() else known)


def is_training_row(rated: RatedSet) -> NDArray[np.bool_]:
    """Return whether each row (N,) is of split train or of no split."""
    return np.isin(rated.split, ("", "train"))


def _one_round(rated: RatedSet, fit_predict: FitPredict, folds: int, seed: int) -> Floats:
    known, usable = is_training_row(rated), fit_rows(rated)
    fold = np.full(len(rated), -1)
    themes = len(np.unique(rated.theme[known]))
    if themes > 1:
        fold[known] = theme_folds(rated.theme[known], min(folds, themes), seed)
    scores = np.empty(len(rated))
    for left_out in np.unique(fold):
        out, rows = np.flatnonzero(fold == left_out), usable[fold[usable] != left_out]
        if len(rows) < 2:
            raise UsageError(f"{rated.name}: too few rated pictures to fit baselines on")
        scores[out] = fit_predict(rows, out)
    return scores
