"""What a taste has learnt, as numbers that have names (pure)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framepick.measures import LOOK
from framepick.taste.ranker import Ranker
from framepick.taste.reference import Reference
from framepick.types import Floats

LEAST = 0.25
"""Correlations below it are not worth a word."""
SCORE = "score"


@dataclass(frozen=True, slots=True)
class Trait:
    """Something that pictures have more or less of."""

    name: str
    """A measure of the look, a subject, or `SCORE`, the general score."""
    correlation: float
    """How liking goes with it over photographs at large, -1 to 1."""


def traits(ranker: Ranker, reference: Reference) -> list[Trait]:
    """Say what liking goes with, the strongest first."""
    stored = reference.standard
    liking = ranker.liking(stored)
    columns = {name: stored.look[:, at].astype(np.float64) for at, name in enumerate(LOOK)}
    subjects = (stored.content @ reference.subject_weights.T).astype(np.float64)
    columns |= {name: subjects[:, at] for at, name in enumerate(reference.subjects)}
    columns[SCORE] = stored.scores
    found = [Trait(name, _correlation(liking, column)) for name, column in columns.items()]
    strong = [one for one in found if abs(one.correlation) >= LEAST]
    return sorted(strong, key=lambda one: -abs(one.correlation))


def _correlation(one: Floats, other: np.ndarray) -> float:
    deviations = float(one.std() * other.std())
    if deviations < 1e-12:
        return 0.0
    return float(np.mean((one - one.mean()) * (other - other.mean())) / deviations)
