"""A map of a collection: similar pictures lie close, with how scores lie over it (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from framepick.extras import require_extra
from framepick.shape_repr import ShapeRepr
from framepick.types import Floats, Rows, Vectors

FEWEST = 8
"""Pictures that make a map."""
FIELD = 72
"""Cells along each side of a field of scores."""
BEST = 12
"""Pictures that stand for what somebody likes best."""
_REACH = 0.035
"""Standard deviation, in shares of the side, of what a picture says about the scores around it."""
_PERPLEXITY = 30.0
_MARGIN = 0.03


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Field(ShapeRepr):
    """How scores lie over a map."""

    values: Floats
    """(FIELD, FIELD) mean score of what is near, from the upper left."""
    weights: Floats
    """(FIELD, FIELD) how much there is nearby, 0 to 1."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CollectionMap(ShapeRepr):
    """Where pictures lie, and what they score by one or several measures."""

    places: Floats
    """(N, 2) across and down, 0 to 1."""
    scores: Mapping[str, Floats]
    """(N,) scores by the name of who scores: the general score first, then tastes."""

    def field(self, name: str) -> Field:
        """Tell how scores lie over the map."""
        return field_of(self.places, self.scores[name])

    def best(self, name: str) -> Rows:
        """Give the rows of the pictures that score best, the best first."""
        return np.argsort(-self.scores[name], kind="stable")[:BEST]


def map_of(content: Vectors, scores: Mapping[str, Floats]) -> CollectionMap:
    """Lay out pictures by their content vectors (N, C), the same way each time.

    Raises
    ------
    UsageError
        The extra for maps is not installed.
    ValueError
        There are fewer than `FEWEST` pictures.
    """
    if len(content) < FEWEST:
        raise ValueError(f"a map needs at least {FEWEST} pictures")
    return CollectionMap(_spread(_laid_out(content)), scores)


def field_of(places: Floats, scores: Floats) -> Field:
    """Average scores (N,) at `places` (N, 2) by how near they are to each cell."""
    middles = (np.arange(FIELD) + 0.5) / FIELD
    across, down = (
        np.exp(-0.5 * ((middles[:, None] - places[None, :, axis]) / _REACH) ** 2) for axis in (0, 1)
    )
    weights = down @ across.T
    sums = (down * scores) @ across.T
    values = np.where(weights > 1e-9, sums / np.maximum(weights, 1e-9), float(scores.mean()))
    return Field(values, np.minimum(weights, 1.0))


def _laid_out(content: Vectors) -> Floats:
    require_extra("map", "a map")
    from openTSNE import TSNE

    perplexity = min(_PERPLEXITY, (len(content) - 1) / 3)
    layout = TSNE(
        perplexity=perplexity,
        initialization="pca",
        neighbors="exact",
        random_state=0,
        n_jobs=1,
        negative_gradient_method="fft",
        early_exaggeration_iter=100,
        n_iter=150,
    ).fit(content.astype(np.float64))
    return np.asarray(layout, np.float64)


def _spread(places: Floats) -> Floats:
    """Fill the square, but for a margin; outliers do not push the rest together."""
    low, high = np.percentile(places, [0.5, 99.5], axis=0)
    shares = np.clip((places - low) / np.maximum(high - low, 1e-9), -0.02, 1.02)
    return np.asarray(_MARGIN + (1 - 2 * _MARGIN) * np.clip(shares, 0, 1), np.float64)
