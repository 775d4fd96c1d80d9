"""The personal score: the general one, moved by what a person likes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from framepick.taste.pictures import Pictures
from framepick.taste.reference import Reference
from framepick.types import Floats, Vectors

STRENGTH = 2.0
"""Deviations of the general score that a liking of 1 counts."""
LIKE_LIKES = 0.8
"""Cosine of content to a like from which a picture is like it."""
_STEEP = 4.0
"""How fast the bound rises, in points for a point of the score, above the lowest fifth, and, in
points for a tenth of the cosine, above `LIKE_LIKES`."""

_TOGETHER = 4096
"""Pictures that are scored together: what is worked out of more leaves the processor's cache."""


class Ranker(Protocol):
    """Tells how much a person likes pictures, given in deviations (see `pictures.Scale`)."""

    def liking(self, pictures: Pictures) -> Floats:
        """Liking (N,), about 1 for what is liked and -1 for what is disliked."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class PersonalScorer:
    """Scores pictures by general beauty and a person's liking, on the scale of general scores."""

    ranker: Ranker
    liked: Vectors
    """(n, C) content vectors of what the person likes."""
    reference: Reference

    def score(self, pictures: Pictures) -> Floats:
        """Personal scores (N,), 0 at least."""
        starts = range(0, len(pictures), _TOGETHER)
        parts = [self._score(pictures.of_rows(slice(at, at + _TOGETHER))) for at in starts]
        return np.concatenate(parts) if parts else pictures.scores

    def _score(self, pictures: Pictures) -> Floats:
        general, scale = pictures.scores, self.reference.scale
        liking = self.ranker.liking(scale.standard(pictures))
        moved = general + STRENGTH * scale.score_deviation * liking
        return np.maximum(np.minimum(moved, np.maximum(general, self._bound(pictures))), 0.0)

    def _bound(self, pictures: Pictures) -> Floats:
        """Give the highest scores (N,) that liking may lead to.

        What lies in the lowest fifth by the general score stays below the median of photographs
        at large, unless it is like a like. The bound rises steadily, so that neighbouring frames
        are not torn apart.
        """
        above = np.maximum(pictures.scores - self.reference.lowest_fifth, 0.0)
        likeness = np.ascontiguousarray(
            (pictures.content @ self.liked.T).T
        )  # long rows: far faster
        alike = np.max(likeness, axis=0, initial=-1.0)
        near = np.maximum(alike.astype(np.float64) - LIKE_LIKES, 0.0)
        bound: Floats = self.reference.median + _STEEP * (above + 10.0 * near)
        return bound
