"""Liking by the nearest likes and dislikes: no fit at all, the line that others have to beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framepick.shape_repr import ShapeRepr
from framepick.taste.pictures import Pictures
from framepick.types import Flags, Floats, Vectors

_NEAREST = 3
_STRENGTH = 3.0
"""Liking for a cosine that is 1 higher to likes than to dislikes."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Nearest(ShapeRepr):
    """Compares a picture with the most similar judged ones."""

    content: Vectors
    """(n, C) content vectors of the judged pictures."""
    liked: Flags
    """(n,)"""

    def liking(self, pictures: Pictures) -> Floats:
        """Liking (N,), rising with the likeness to likes over that to dislikes."""
        alike = pictures.content @ self.content.T
        return _difference(alike[:, self.liked], alike[:, ~self.liked])


def fit(pictures: Pictures, labels: Floats) -> Nearest:
    """Remember the judged pictures; `labels` (n,) are 1 or -1."""
    return Nearest(pictures.content, labels > 0)


def held_out(pictures: Pictures, labels: Floats) -> Floats:
    """Liking (n, R) of each picture by all others, for each column of `labels` (n, R)."""
    alike = pictures.content @ pictures.content.T
    np.fill_diagonal(alike, -np.inf)
    columns = [_difference(alike[:, one > 0], alike[:, one <= 0]) for one in labels.T]
    return np.stack(columns, axis=1)


def _difference(to_likes: Vectors, to_dislikes: Vectors) -> Floats:
    found: Floats = _STRENGTH * (_top_mean(to_likes) - _top_mean(to_dislikes))
    return found


def _top_mean(alike: Vectors) -> Floats:
    """Mean of the highest of each row (N, m), those of pictures with themselves left out."""
    highest = np.full((_NEAREST, len(alike)), -np.inf, np.float32)
    for column in np.ascontiguousarray(alike.T):  # whole columns at a time: far faster than a sort
        rest = column
        for place in range(_NEAREST):
            higher = np.maximum(highest[place], rest)
            rest = np.minimum(highest[place], rest)
            highest[place] = higher
    is_other = np.isfinite(highest)
    total = np.sum(highest, axis=0, dtype=np.float64, where=is_other)
    return np.asarray(total / np.maximum(is_other.sum(axis=0), 1))
