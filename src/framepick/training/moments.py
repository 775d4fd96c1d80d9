"""Ridge regression of how good a moment of its clip a frame is.

Ratings of frames of one clip tell which of them people would keep. What the clip shows, its light
and its place are the same in all of them, so ratings and statistics are centred within each clip:
only what changes from frame to frame counts, and clips of different things never compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from framepick.evaluation.footage.clips import RatedClip
from framepick.evaluation.footage.figures import ScoreFigures, best_lift, score_figures
from framepick.types import Floats, Rows, Vectors

SPREAD_FLOOR = 0.3
"""Added to the spread of a column within clips, in shares of the median of its level's."""
FOLDS = 6
TINY = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class RatedFootage:
    """Clips whose rated frames are described by statistics."""

    clips: tuple[RatedClip, ...]
    statistics: Vectors
    """Statistics (N, S) of the rated frames of all clips, one clip after the other."""

    @property
    def clip_of(self) -> Rows:
        """Number (N,) of each frame's clip."""
        return np.repeat(np.arange(len(self.clips)), [len(clip.ratings) for clip in self.clips])

    @property
    def ratings(self) -> Floats:
        """(N,) ratings of the frames."""
        return np.concatenate([clip.ratings for clip in self.clips])


def fit_moments(footage: RatedFootage, rows: Rows, widths: Sequence[int], penalty: float) -> Floats:
    """Fit the moment axis: weights (S',) of the first S' statistics, S' being the sum of `widths`.

    Parameters
    ----------
    rows
        (n,) frames to fit on, whole clips.
    widths
        Statistics of each level; every level weighs the same, however many it has.
    penalty
        Ridge penalty, relative to the mean squared length of a centred, scaled row.
    """
    columns, scale = _centred(footage, rows, widths)
    targets = _within_clips(footage.ratings[rows][:, None], footage.clip_of[rows])[:, 0]
    gram = columns @ columns.T
    cost = penalty * np.trace(gram) / len(gram) + TINY
    dual = np.linalg.solve(gram + cost * np.eye(len(gram)), targets)
    return np.asarray((columns.T @ dual) / scale, np.float64)


def cross_validated_moments(
    footage: RatedFootage, widths: Sequence[int], penalty: float, seed: int
) -> Floats:
    """Predict each frame (N,) by an axis fitted without its clip and all clips of its origin.

    Raises ValueError where all clips are of one origin.
    """
    origins = np.array([family(clip) for clip in footage.clips], np.str_)
    if len(np.unique(origins)) < 2:
        raise ValueError("cross-validation needs clips of two origins")
    names = np.random.default_rng(seed).permutation(np.unique(origins))
    fold_of = {name: number % FOLDS for number, name in enumerate(names.tolist())}
    fold = np.array([fold_of[name] for name in origins.tolist()])[footage.clip_of]
    found = np.zeros(len(fold))
    for number in np.unique(fold):
        fit, out = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        weights = fit_moments(footage, fit, widths, penalty)
        found[out] = footage.statistics[out, : len(weights)] @ weights
    return found


def moment_figures(footage: RatedFootage, moments: Floats) -> dict[str, float]:
    """Compare cross-validated moments (N,) with ratings."""
    clips = footage.clips
    return {
        "moments, cross-validated Spearman within clips": mean_within(clips, moments),
        "moments, cross-validated gain of the top four": gain_of_top(clips, moments),
    }


def mean_within(clips: Sequence[RatedClip], moments: Floats) -> float:
    """Mean Spearman within clips of moments (N,) and ratings; nan where no clip's ratings vary."""
    found = [one.within for one in _compared(clips, moments)]
    return float(np.nanmean(found)) if not np.isnan(found).all() else float("nan")


def gain_of_top(clips: Sequence[RatedClip], moments: Floats) -> float:
    """Gain of the four frames of each clip with the highest moments (N,), in shares of the best."""
    best = sum(best_lift(clip) for clip in clips)
    return sum(one.top.lift for one in _compared(clips, moments)) / max(best, TINY)


def _compared(clips: Sequence[RatedClip], moments: Floats) -> list[ScoreFigures]:
    ends = np.cumsum([len(clip.ratings) for clip in clips])[:-1]
    parts = zip(clips, np.split(moments, ends), strict=True)
    return [score_figures(clip, scores) for clip, scores in parts]


def family(clip: RatedClip) -> str:
    """Group clips of one film or camera: those of one repository are taken for such."""
    return clip.origin.split(":", maxsplit=1)[0] or clip.name


def _centred(footage: RatedFootage, rows: Rows, widths: Sequence[int]) -> tuple[Floats, Floats]:
    """Centre the rows within clips and scale them; columns (n, S') and their scale (S',)."""
    values = footage.statistics[rows, : sum(widths)].astype(np.float64)
    centred = _within_clips(values, footage.clip_of[rows])
    spread = centred.std(axis=0)
    parts = np.split(spread, np.cumsum(widths)[:-1])
    scale = np.concatenate(
        [(part + SPREAD_FLOOR * np.median(part) + TINY) * np.sqrt(len(part)) for part in parts]
    )
    return centred / scale, scale


def _within_clips(values: Floats, clip_of: Rows) -> Floats:
    """Subtract from each row of `values` (n, C) the mean of its clip."""
    _, number = np.unique(clip_of, return_inverse=True)
    count = np.bincount(number)
    sums = np.zeros((len(count), values.shape[1]))
    np.add.at(sums, number, values)
    return np.asarray(values - (sums / count[:, None])[number], np.float64)
