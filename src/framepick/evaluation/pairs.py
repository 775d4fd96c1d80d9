"""Distortion pairs: whether a picture scores above its own distorted copy.

Both sides go through the same pipeline. In null pairs both are equally distorted, which exposes a
score that depends on traces of the pipeline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from framepick.distortions import (
    KINDS,
    PICTURE_SIDE,
    STRENGTHS,
    graded_copies,
    null_pairs,
    to_pictures,
)
from framepick.distortions.kinds import VIEW_SIDE
from framepick.evaluation.bootstrap import Interval, interval
from framepick.evaluation.scores import ScoreViews, photo_views
from framepick.evaluation.statistics import mean_of
from framepick.types import Floats, ViewSpec


@dataclass(frozen=True, slots=True)
class PairFigures:
    """Metrics of one score on one kind of distortion; intervals by picture, nan without any."""

    kind: str
    count: int
    """Number of pictures."""
    won: Mapping[str, Interval]
    """Share of pictures that score above their distorted copy, by strength; a tie counts half."""
    ordered: Interval
    """Share of pictures whose distorted copies score in order: mild, middle, strong."""
    ordered_all: Interval
    """Share of pictures that score above their mild copy, with all copies in order."""
    null: Interval
    """Share of null pairs whose first side wins: 0.5 where only the distortion counts."""


def measure_pairs(
    scores: Mapping[str, ScoreViews],
    paths: Sequence[Path],
    kinds: Sequence[str] = KINDS,
    seed: int = 0,
    side: int = VIEW_SIDE,
) -> dict[str, tuple[PairFigures, ...]]:
    """Measure all methods on the same copies of the photos `paths`; metrics by method and kind.

    A photo's copies are views of `side` pixels, which a model that is to be judged should not have
    to enlarge. They follow from `seed`, the kind and the photo's place in `paths`.
    """
    gradings: dict[tuple[str, str], list[Floats]] = {}
    nulls: dict[tuple[str, str], list[Floats]] = {}
    for number, views in enumerate(photo_views(paths, ViewSpec(PICTURE_SIDE))):
        pictures = to_pictures(torch.from_numpy(views))
        for kind in kinds:
            generator = _generator(seed, KINDS.index(kind), number)
            copies = graded_copies(pictures, kind, generator, side)
            pairs = null_pairs(pictures, kind, generator, side)
            _score_all(scores, copies, kind, gradings)
            _score_all(scores, pairs, kind, nulls)
    return {
        name: tuple(
            pair_figures(
                kind, np.concatenate(gradings[name, kind]), np.concatenate(nulls[name, kind])
            )
            for kind in kinds
        )
        for name in scores
    }


def pair_figures(kind: str, grades: Floats, null: Floats) -> PairFigures:
    """Compute metrics from scores `grades` (P, 4), undistorted to strong, and `null` (P, 2)."""
    falls = grades[:, :-1] > grades[:, 1:]  # (P, 3)
    return PairFigures(
        kind=kind,
        count=len(grades),
        won={
            strength: _share(_beats(grades[:, 0], grades[:, at]))
            for at, strength in enumerate(STRENGTHS, start=1)
        },
        ordered=_share(falls[:, 1:].all(axis=1)),
        ordered_all=_share(falls.all(axis=1)),
        null=_share(_beats(null[:, 0], null[:, 1])),
    )


def mean_won(figures: Sequence[PairFigures], kinds: Sequence[str], strength: str) -> float:
    """Average the share won at `strength` over `kinds`."""
    return float(np.mean([row.won[strength].value for row in figures if row.kind in kinds]))


def _score_all(
    scores: Mapping[str, ScoreViews],
    copies: Tensor,
    kind: str,
    found: dict[tuple[str, str], list[Floats]],
) -> None:
    """Add the scores (N, K) of copies (N, K, S, S, 3) to `found`, by method and kind."""
    views = copies.flatten(0, 1).numpy()  # one array for all, so that networks can be shared
    for name, score in scores.items():
        found.setdefault((name, kind), []).append(score(views).reshape(copies.shape[:2]))


def _beats(first: Floats, second: Floats) -> Floats:
    return np.asarray((first > second) + 0.5 * (first == second), np.float64)


def _share(values: ArrayLike) -> Interval:
    return interval(mean_of(values), np.arange(np.size(values)))


def _generator(*numbers: int) -> torch.Generator:
    state = np.random.SeedSequence(numbers).generate_state(1, np.uint32)[0]
    return torch.Generator().manual_seed(int(state))
