"""Copies of pictures as they are delivered: on a streaming ladder, and very small.

On a ladder each copy of a picture is smaller and more compressed than the one before, so its score
should fall; what a very small copy shows is as beautiful as the picture itself, so the order of
different pictures should stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from framepick.evaluation.agreement import EVERYTHING
from framepick.evaluation.bootstrap import Interval, interval
from framepick.evaluation.crossval import fit_rows
from framepick.evaluation.robustness import recompressed
from framepick.evaluation.scores import BATCH, ScoreViews
from framepick.evaluation.statistics import Statistic, mean_of, spearman_of
from framepick.metrics import spearman
from framepick.ratings import RatedSet
from framepick.sources.photos import load_photo
from framepick.sources.views import resize_view
from framepick.types import Floats, Pixels, ViewSpec

LADDER = tuple(
    zip(
        (320, 275, 236, 203, 174, 150, 128, 110, 95, 81, 70, 60),
        (95, 88, 81, 75, 68, 61, 54, 47, 40, 34, 27, 20),
        strict=True,
    )
)
"""Short side in pixels and JPEG quality of each rung, best first."""
LEFT_OUT = "left out of fits"
MIN_LEFT_OUT = 10
SHRUNKEN_SIDE = 80
"""Short side of shrunken copies in pixels."""


@dataclass(frozen=True, slots=True)
class ShrunkenFigures:
    """How well a score agrees with ratings of pictures, and of their shrunken copies."""

    pictures: str
    """EVERYTHING, or LEFT_OUT: the pictures that no method here is fitted on."""
    count: int
    """Number of pictures."""
    originals: Interval
    """Spearman's correlation of the pictures' scores with their ratings."""
    shrunken: Interval
    """Of the shrunken copies' scores."""
    share: Interval
    """The second in shares of the first; nan where that is not positive."""


def measure_ladder(
    scores: Mapping[str, ScoreViews], paths: Sequence[Path], spec: ViewSpec
) -> dict[str, Interval]:
    """Measure mean Spearman within photos of score and rung; SourceError if one is unreadable.

    A score that is the same on all rungs of a photo counts as 0.
    """
    found: dict[str, list[float]] = {name: [] for name in scores}
    for path in paths:
        pixels = load_photo(path)
        views = np.stack([resize_view(on_rung(pixels, *rung), spec) for rung in LADDER])
        for name, score in scores.items():
            found[name].append(_order(score(views)))
    return {
        name: interval(mean_of(values), np.arange(len(values))) for name, values in found.items()
    }


def measure_shrunken(
    scores: Mapping[str, ScoreViews], rated: RatedSet, spec: ViewSpec
) -> dict[str, tuple[ShrunkenFigures, ...]]:
    """Compare scores of rated pictures and of their shrunken copies with the ratings.

    Figures are of all pictures and, where there are enough, of those that are not in `fit_rows`.
    Intervals are by theme. Raises SourceError if a picture is unreadable.
    """
    found: dict[str, list[Floats]] = {name: [] for name in scores}
    for start in range(0, len(rated), BATCH):
        pictures = [load_photo(path) for path in rated.paths[start : start + BATCH]]
        small = [shrunken(pixels, SHRUNKEN_SIDE) for pixels in pictures]
        versions = [
            np.stack([resize_view(one, spec) for one in some]) for some in (pictures, small)
        ]
        for name, score in scores.items():
            found[name].append(np.stack([score(views) for views in versions]))  # (2, n)
    rows = {EVERYTHING: np.arange(len(rated))}
    left_out = np.setdiff1d(rows[EVERYTHING], fit_rows(rated))
    if len(left_out) >= MIN_LEFT_OUT:
        rows[LEFT_OUT] = left_out
    return {
        name: tuple(
            _shrunken_figures(which, np.concatenate(parts, axis=1)[:, some], rated.select(some))
            for which, some in rows.items()
        )
        for name, parts in found.items()
    }


def on_rung(pixels: Pixels, side: int, quality: int) -> Pixels:
    """Make the copy of a picture with a short side of `side` pixels, compressed at `quality`."""
    return recompressed(shrunken(pixels, side), quality)


def shrunken(pixels: Pixels, side: int) -> Pixels:
    """Shrink a picture to a short side of `side` pixels; smaller ones stay as they are."""
    height, width = pixels.shape[:2]
    share = side / min(height, width)
    if share >= 1.0:
        return pixels
    size = max(1, round(width * share)), max(1, round(height * share))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))


def _order(scores: Floats) -> float:
    """Spearman of the scores of a photo's copies with how high they are on the ladder."""
    found = spearman(scores, -np.arange(len(scores)))
    return 0.0 if np.isnan(found) else found


def _shrunken_figures(which: str, scores: Floats, rated: RatedSet) -> ShrunkenFigures:
    """Compute figures from scores (2, N) of originals and copies."""
    original, copy = (spearman_of(row, rated.score) for row in scores)
    whole, small, share = (
        interval(statistic, rated.theme) for statistic in (original, copy, _share(copy, original))
    )
    return ShrunkenFigures(which, len(rated), whole, small, share)


def _share(above: Statistic, below: Statistic) -> Statistic:
    def statistic(weights: Floats) -> Floats:
        base = below(weights)
        return np.asarray(above(weights) / np.where(base > 0.0, base, np.nan), np.float64)

    return statistic
