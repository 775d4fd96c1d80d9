"""Beauty by ridge regression, on what a picture shows and how, blind to faults.

Three sources tell how much people like a picture: the pooled features of a frozen network; the
statistics of its levels, which know texture and light; and the appeal of what is shown, the
expected worth of a classifier's classes. Ridge weighs them on rated pictures, and pays for every
answer that differs between a picture and its own faulty copies: those are judged apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from framepick.model.heads import ClassAppeal
from framepick.training.feature_cache import LEVELS, Copies, Seen
from framepick.types import Floats, Vectors

SPREAD_FLOOR = 1e-2
"""Of a feature, in units of its signed log: what hardly moves must not be blown up."""


@dataclass(frozen=True, slots=True)
class BeautyRules:
    """How beauty is fitted."""

    penalty: float
    """Of squared weights of standardised features."""
    texture_share: float
    """Weight of statistics beside pooled features, 0 to leave them out."""
    appeal_share: float
    """Weight of the appeal of classes beside pooled features."""
    invariance: float
    """Penalty of the mean squared difference between a picture and its faulty copies."""


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Mean and spread of features over a reference."""

    mean: Floats
    spread: Floats

    @staticmethod
    def of(features: Vectors) -> Scale:
        """Scale of features (N, F)."""
        values = features.astype(np.float64)
        return Scale(values.mean(axis=0), values.std(axis=0) + SPREAD_FLOOR)

    def __call__(self, features: Vectors) -> Floats:
        return np.asarray((features - self.mean) / self.spread, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Beauty:
    """Weights for pooled features (F,), statistics (S,) and appeal (T,) as they come, and bias."""

    pooled: Floats
    statistics: Floats
    appeal: Floats
    bias: float


class BeautyDesk:
    """The columns that beauty is fitted on, computed once for all fits."""

    def __init__(
        self, reference: Seen, appeal: ClassAppeal, rules: BeautyRules, statistics: int
    ) -> None:
        """`reference` sets the scale; of the statistics the first `statistics` are used."""
        self._appeal, self._rules, self._used = appeal, rules, statistics
        self._scales = tuple(Scale.of(part) for part in self._parts(reference))
        self._shares = (1.0, rules.texture_share, rules.appeal_share)

    def columns(self, seen: Seen) -> Floats:
        """Weighed, standardised columns (N, C)."""
        parts = zip(self._shares, self._scales, self._parts(seen), strict=True)
        return np.concatenate([share * scale(part) for share, scale, part in parts], axis=1)

    def differences(self, copies: Copies) -> Floats:
        """Mean product (C, C) of what sets faulty copies apart from their sound ones."""
        columns = self.columns(copies.seen)
        sets = columns.reshape(-1, LEVELS, columns.shape[1])
        apart = (sets[:, 1:] - sets[:, :1]).reshape(-1, columns.shape[1])
        return np.asarray(apart.T @ apart / len(apart), np.float64)

    def fit(self, columns: Floats, ratings: Floats, differences: Floats) -> Beauty:
        """Fit to ratings (N,) of pictures with `columns` (N, C)."""
        middle, centre = columns.mean(axis=0), ratings.mean()
        centred = columns - middle
        cost = self._rules.penalty * np.eye(columns.shape[1])
        normal = centred.T @ centred + cost + self._rules.invariance * differences
        weight = np.linalg.solve(normal, centred.T @ (ratings - centre))
        return self._unscaled(weight, float(centre - middle @ weight))

    def _unscaled(self, weight: Floats, bias: float) -> Beauty:
        ends = np.cumsum([len(scale.mean) for scale in self._scales])[:-1]
        found = []
        for part, share, scale in zip(
            np.split(weight, ends), self._shares, self._scales, strict=True
        ):
            found.append(share * part / scale.spread)
            bias -= float(found[-1] @ scale.mean)
        return Beauty(found[0], found[1], found[2], bias)

    def rate(self, beauty: Beauty, seen: Seen) -> Floats:
        """Beauty (N,) of views."""
        pooled, statistics, appeal = self._parts(seen)
        return np.asarray(
            pooled @ beauty.pooled
            + statistics @ beauty.statistics
            + appeal @ beauty.appeal
            + beauty.bias,
            np.float64,
        )

    def _parts(self, seen: Seen) -> Sequence[Vectors]:
        with torch.inference_mode():
            appeal = self._appeal.expected(torch.from_numpy(seen.pooled))
        return seen.pooled, seen.statistics[:, : self._used], appeal.numpy()
