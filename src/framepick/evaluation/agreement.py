"""Agreement of scores with people's ratings: correlation, accuracy and vote distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from framepick.evaluation.bootstrap import DRAWS, Interval, interval
from framepick.evaluation.calibration import cross_fitted, cumulative_shares
from framepick.evaluation.statistics import (
    Statistic,
    gain_of,
    mean_of,
    pearson_of,
    restricted_to,
    spearman_of,
)
from framepick.ratings import RatedSet, theme_folds
from framepick.types import Floats

CALIBRATION_FOLDS = 5
EVERYTHING = "all"


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The predictions of one method for the N pictures of a rated set."""

    scores: Floats
    """Scores (R, N), one row per round of cross-validation, or a single row without."""
    vote_shares: Floats | None = None
    """Vote shares (N, B) that the method predicts itself, None where it predicts scores only."""

    def select(self, rows: ArrayLike) -> Prediction:
        """Select pictures by positions or by a mask (N,)."""
        chosen = np.asarray(rows)
        shares = None if self.vote_shares is None else self.vote_shares[chosen]
        return Prediction(self.scores[:, chosen], shares)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Metrics of one method on one category of pictures, or on all of them."""

    category: str
    count: int
    """Number of pictures."""
    spearman: Interval
    pearson: Interval
    accuracy: Interval
    """Share of pictures rightly classified as above the middle of the scale or not."""
    distance: Interval | None
    """Mean distance of predicted from real cumulative votes, 0 to 1; None without votes."""


def agreement(
    rated: RatedSet, prediction: Prediction, draws: int = DRAWS, seed: int = 0
) -> tuple[Agreement, ...]:
    """Compute the metrics on all pictures, then on each named category; 95 % intervals by theme.

    The middle is that of the vote values, or the median rating where a set has none (a picture
    on it is not above it). A method that predicts no votes is calibrated by `cross_fitted` maps,
    which stay the same in all bootstrap draws. The distance of a picture is the root mean square
    difference of its cumulative shares (Talebi and Milanfar, "NIMA" 2018, with r = 2).
    """
    spearman = spearman_of(prediction.scores, rated.score)
    pearson = pearson_of(prediction.scores, rated.score)
    accuracy = mean_of(_is_right(rated, prediction))
    distances = _distances(rated, prediction)
    distance = None if distances is None else mean_of(distances)

    def figures(name: str, rows: NDArray[np.bool_]) -> Agreement:
        def measure(statistic: Statistic) -> Interval:
            return interval(restricted_to(statistic, rows), rated.theme, draws, seed)

        return Agreement(
            category=name,
            count=int(rows.sum()),
            spearman=measure(spearman),
            pearson=measure(pearson),
            accuracy=measure(accuracy),
            distance=None if distance is None else measure(distance),
        )

    parts = [figures(EVERYTHING, np.ones(len(rated), np.bool_))]
    for name in np.unique(rated.category[rated.category != ""]):
        parts.append(figures(str(name), rated.category == name))
    return tuple(parts)


def spearman_gain(
    rated: RatedSet, better: Prediction, than: Prediction, draws: int = DRAWS, seed: int = 0
) -> Interval:
    """Compute the gain in Spearman's correlation over another method, in paired bootstrap draws."""
    gain = gain_of(spearman_of(better.scores, rated.score), spearman_of(than.scores, rated.score))
    return interval(gain, rated.theme, draws, seed)


def _is_right(rated: RatedSet, prediction: Prediction) -> Floats:
    """Return 1 where a picture (R, N) is rightly classified as above the middle or not, else 0."""
    if rated.vote_values is None:
        middle = float(np.median(rated.score))
    else:
        middle = float(rated.vote_values.min() + rated.vote_values.max()) / 2.0
    is_good = rated.score > middle
    if prediction.vote_shares is not None and rated.vote_values is not None:
        ratings = (prediction.vote_shares @ rated.vote_values)[None]
    else:
        ratings = _mapped(rated, prediction.scores, rated.score[:, None])[..., 0]
    return np.asarray((ratings > middle) == is_good, np.float64)


def _distances(rated: RatedSet, prediction: Prediction) -> Floats | None:
    """Return distances (R, N) between cumulative vote shares, None without votes."""
    if rated.votes is None:
        return None
    real = cumulative_shares(rated.votes)  # (N, B)
    if prediction.vote_shares is None:
        predicted = 1.0 - _mapped(rated, prediction.scores, 1.0 - real)  # (R, N, B)
    else:
        predicted = cumulative_shares(prediction.vote_shares)[None]
    return np.asarray(np.sqrt(np.square(predicted - real).mean(axis=2)), np.float64)


def _mapped(rated: RatedSet, scores: Floats, targets: Floats) -> Floats:
    """Predict targets (R, N, K) from `scores` (R, N) by maps fitted on other themes."""
    folds = theme_folds(rated.theme, min(CALIBRATION_FOLDS, len(np.unique(rated.theme))), seed=0)
    return np.stack([cross_fitted(row, targets, folds) for row in scores])
