"""Ridge regression of beauty ratings, invariant to distortions.

The inputs are the pooled features of a frozen network; the statistics of its levels, which carry
texture and light; and the appeal of what is shown, the expected worth of a classifier's classes.
A second penalty holds the prediction equal for a picture and its distorted copies, because the
fault head judges those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from framepick.model.heads import ClassAppeal
from framepick.training.feature_cache import COPIES_PER_SET, DistortedCopies, Features
from framepick.types import Floats, Vectors

SPREAD_FLOOR = 1e-2
"""Added to the deviation of a feature, so that nearly constant ones are not amplified."""


@dataclass(frozen=True, slots=True)
class BeautyConfig:
    """Hyperparameters of the regression."""

    penalty: float
    """Ridge penalty, on the weights of standardised columns."""
    texture_share: float
    """Scale of the statistics relative to pooled features, 0 to leave them out."""
    appeal_share: float
    """Scale of the appeal of classes relative to pooled features."""
    invariance: float
    """Penalty on the mean squared difference between a picture and its distorted copies."""


@dataclass(frozen=True, slots=True, eq=False)
class Standardiser:
    """Standardises features by the mean and deviation of a reference set."""

    mean: Floats
    spread: Floats

    @staticmethod
    def of(features: Vectors) -> Standardiser:
        """Fit to features (N, F)."""
        values = features.astype(np.float64)
        return Standardiser(values.mean(axis=0), values.std(axis=0) + SPREAD_FLOOR)

    def __call__(self, features: Vectors) -> Floats:
        return np.asarray((features - self.mean) / self.spread, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Beauty:
    """The fitted weights of raw pooled features (F,), statistics (S,) and appeal (T,), and bias."""

    pooled: Floats
    statistics: Floats
    appeal: Floats
    bias: float


class BeautyRegression:
    """Builds the columns of the regression, and fits it."""

    def __init__(
        self, reference: Features, appeal: ClassAppeal, config: BeautyConfig, statistics: int
    ) -> None:
        """Standardise by `reference`; of its statistics, the first `statistics` are used."""
        self._appeal, self._config, self._used = appeal, config, statistics
        self._standardisers = tuple(Standardiser.of(part) for part in self._parts(reference))
        self._shares = (1.0, config.texture_share, config.appeal_share)

    def columns(self, features: Features) -> Floats:
        """Return standardised, scaled columns (N, C)."""
        parts = zip(self._shares, self._standardisers, self._parts(features), strict=True)
        return np.concatenate(
            [share * standardiser(part) for share, standardiser, part in parts], axis=1
        )

    def differences(self, copies: DistortedCopies) -> Floats:
        """Return the second moment (C, C) of distorted minus undistorted columns."""
        columns = self.columns(copies.features)
        sets = columns.reshape(-1, COPIES_PER_SET, columns.shape[1])
        apart = (sets[:, 1:] - sets[:, :1]).reshape(-1, columns.shape[1])
        return np.asarray(apart.T @ apart / len(apart), np.float64)

    def fit(
        self,
        columns: Floats,
        ratings: Floats,
        differences: Floats,
        weights: Floats | None = None,
    ) -> Beauty:
        """Fit ratings (N,) by `columns` (N, C), with `differences` (C, C) penalised.

        `weights` (N,) say how much each rating counts, all the same where they are not given.
        """
        shares = np.ones(len(ratings)) if weights is None else weights
        middle = shares @ columns / shares.sum()
        centre = float(shares @ ratings / shares.sum())
        centred = columns - middle
        weighted = shares[:, None] * centred
        cost = self._config.penalty * np.eye(columns.shape[1])
        normal = weighted.T @ centred + cost + self._config.invariance * differences
        weight = np.asarray(np.linalg.solve(normal, weighted.T @ (ratings - centre)), np.float64)
        return self._unscaled(weight, float(centre - middle @ weight))

    def _unscaled(self, weight: Floats, bias: float) -> Beauty:
        ends = np.cumsum([len(standardiser.mean) for standardiser in self._standardisers])[:-1]
        found = []
        for part, share, standardiser in zip(
            np.split(weight, ends), self._shares, self._standardisers, strict=True
        ):
            found.append(share * part / standardiser.spread)
            bias -= float(found[-1] @ standardiser.mean)
        return Beauty(found[0], found[1], found[2], bias)

    def rate(self, beauty: Beauty, features: Features) -> Floats:
        """Predict the beauty (N,) of views."""
        pooled, statistics, appeal = self._parts(features)
        return np.asarray(
            pooled @ beauty.pooled
            + statistics @ beauty.statistics
            + appeal @ beauty.appeal
            + beauty.bias,
            np.float64,
        )

    def _parts(self, features: Features) -> Sequence[Vectors]:
        with torch.inference_mode():
            appeal = self._appeal.expected(torch.from_numpy(features.pooled))
        return features.pooled, features.statistics[:, : self._used], appeal.numpy()
