"""How well a score, or a set of picks, agrees with the ratings of one clip (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import ArrayLike

from framepick.evaluation.footage.clips import RatedClip
from framepick.metrics import spearman
from framepick.types import Floats

COUNT = 4
"""Frames that are picked of each clip."""
POOR = 3.0
"""Highest rating of a frame that nobody should be given."""
DRAWS = 200
"""Sets of random picks of a clip, over which figures are averaged."""


@dataclass(frozen=True, slots=True)
class ChoiceFigures:
    """How good some frames of a clip are; each takes the rating of the nearest rated frame."""

    count: float
    """Number of frames."""
    lift: float
    """Their mean rating less that of all rated frames; 0 without frames."""
    poor: float
    """Number of frames rated `POOR` or less."""
    met: float
    """Share of the best four that have one of the frames within one step."""


@dataclass(frozen=True, slots=True)
class ScoreFigures:
    """How a score of the rated frames of one clip agrees with their ratings."""

    within: float
    """Spearman's correlation: 0 of a score that is constant, nan where the ratings are."""
    mean: float
    """Mean score."""
    top: ChoiceFigures
    """The `COUNT` frames with the highest scores."""


def score_figures(clip: RatedClip, scores: Floats) -> ScoreFigures:
    """Compare the scores (N,) of the rated frames, or rounds (R, N) of them, with their ratings."""
    rounds = np.atleast_2d(scores)
    tops = [np.argsort(-row, kind="stable")[:COUNT] for row in rounds]
    return ScoreFigures(
        within=float(np.mean([_within(clip, row) for row in rounds])),
        mean=float(rounds.mean()),
        top=_mean([choice_figures(clip, clip.frame_indices[rows]) for rows in tops]),
    )


def _within(clip: RatedClip, scores: Floats) -> float:
    correlation = spearman(scores, clip.ratings)
    return 0.0 if isnan(correlation) and np.ptp(clip.ratings) > 0.0 else correlation


def choice_figures(clip: RatedClip, frames: ArrayLike) -> ChoiceFigures:
    """Rate the frames of a clip that have the indices `frames` (M,)."""
    frame_indices = np.asarray(frames, np.int64)
    if not len(frame_indices):
        return ChoiceFigures(0, 0.0, 0, 0.0)
    ratings = clip.ratings[clip.nearest_rows(frame_indices)]
    distances = np.abs(clip.best_four[:, None] - frame_indices[None]).min(axis=1)
    return ChoiceFigures(
        count=len(frame_indices),
        lift=float(ratings.mean() - clip.ratings.mean()),
        poor=int((ratings <= POOR).sum()),
        met=float((distances <= np.ceil(clip.step)).mean()),
    )


def best_lift(clip: RatedClip) -> float:
    """Give the lift of the best four."""
    return choice_figures(clip, clip.best_four).lift


def even_spread(clip: RatedClip) -> ChoiceFigures:
    """Rate frames at the middles of as many equal parts of the clip."""
    middles = (np.arange(COUNT) + 0.5) * clip.frame_count / COUNT
    return choice_figures(clip, middles.astype(np.int64))


def random_choice(clip: RatedClip, seed: int = 0) -> ChoiceFigures:
    """Rate random frames of the clip, on the average of `DRAWS` draws."""
    generator = np.random.default_rng(seed)
    size = min(COUNT, clip.frame_count)
    draws = (generator.choice(clip.frame_count, size, replace=False) for _ in range(DRAWS))
    return _mean([choice_figures(clip, drawn) for drawn in draws])


def _mean(found: Sequence[ChoiceFigures]) -> ChoiceFigures:
    return ChoiceFigures(
        *(float(np.mean([getattr(one, name) for one in found])) for name in ChoiceFigures.__slots__)
    )
