"""Folds for cross-validation in which no theme is on both sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def theme_folds(themes: NDArray[np.str_], folds: int, seed: int) -> NDArray[np.int64]:
    """Assign each picture a fold (N,), 0 to `folds` - 1, by its theme (N,).

    Whole themes go, in random order, to the fold that holds the fewest pictures. Raises ValueError
    if there are fewer themes than folds, since a fold would then be empty.
    """
    names, theme, counts = np.unique(themes, return_inverse=True, return_counts=True)
    if not 2 <= folds <= len(names):
        raise ValueError(f"{len(names)} themes cannot be shared out to {folds} folds of at least 2")
    load = np.zeros(folds, np.int64)
    fold_of_theme = np.zeros(len(names), np.int64)
    for index in np.random.default_rng(seed).permutation(len(names)):
        emptiest = load.argmin()
        fold_of_theme[index] = emptiest
        load[emptiest] += counts[index]
    return fold_of_theme[theme]
