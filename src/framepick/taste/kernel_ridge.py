"""Liking by kernel ridge regression: like what is liked, in content and in look.

The kernel of two pictures is exp(cosine - 1) of their content vectors, plus the products of their
looks and of their scores, each with a share. How much content and look count differs from person
to person: several shares are fitted, and each counts by its error on pictures left out. All of
them come together in one weight for each judged picture, one for each measure of the look, and
one of the score.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from framepick.shape_repr import ShapeRepr
from framepick.taste.pictures import Pictures
from framepick.types import Floats, Vectors

SHARES = ((4.5, 0.2), (9.0, 0.2), (9.0, 0.0), (4.5, 0.1), (1.5, 0.3))
"""Deviations of liking by content, and by a deviation of the look."""
SCORE_SHARE = 0.3
EXPECTED = 0.25
"""What a deviation of the general score is expected to count before anything is judged, where a
like is 1 and a dislike -1."""
_STRICTNESS = 10.0
"""How fast a share counts less as its squared error on pictures left out grows."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class KernelRidge(ShapeRepr):
    """A fitted regression; pictures come in deviations (see `Scale`)."""

    content: Vectors
    """(n, C) content vectors of the judged pictures."""
    weights: Vectors
    """(n,) weight of being like each of them."""
    look: Vectors
    """(L,) weight of each measure of the look."""
    score: float
    """Weight of the general score, beside the score itself."""

    def liking(self, pictures: Pictures) -> Floats:
        """Liking (N,), about 1 for what is liked and -1 for what is disliked."""
        near = np.exp(pictures.content @ self.content.T - np.float32(1)) @ self.weights
        found = near + pictures.look @ self.look + pictures.scores * self.score
        return np.asarray(found, np.float64)


def fit(pictures: Pictures, labels: Floats, doubt: Floats) -> KernelRidge:
    """Fit pictures, in deviations, to `labels` (n,), 1 or -1, of variances `doubt` (n,)."""
    content, weights = pictures.content, np.zeros(len(labels))
    look, score = np.zeros(pictures.look.shape[1]), 0.0
    rest = labels - EXPECTED * pictures.scores
    inverses = list(_inverses(pictures, doubt))
    errors = [np.mean((_left_out(one, rest[:, None])[:, 0] - rest) ** 2) for one in inverses]
    for (content_share, look_share), inverse, counts in zip(
        SHARES, inverses, _counts(errors), strict=True
    ):
        dual = counts * (inverse @ rest)
        weights += content_share**2 * dual
        look += look_share**2 * (dual @ pictures.look)
        score += SCORE_SHARE**2 * float(dual @ pictures.scores)
    return KernelRidge(
        content, weights.astype(np.float32), look.astype(np.float32), float(np.float32(score))
    )


def held_out(pictures: Pictures, labels: Floats, doubt: Floats) -> Floats:
    """Liking (n, R) of each picture by a fit to all others, for each column of `labels` (n, R)."""
    rest = labels - EXPECTED * pictures.scores[:, None]
    found = [_left_out(one, rest) for one in _inverses(pictures, doubt)]
    errors = [np.mean((one - rest) ** 2, axis=0) for one in found]
    counts = _counts(errors)  # (shares, R)
    return np.asarray(sum(share * one for share, one in zip(counts, found, strict=True)))


def _inverses(pictures: Pictures, doubt: Floats) -> Iterator[Floats]:
    content = np.exp(pictures.content @ pictures.content.T - 1).astype(np.float64)
    look = (pictures.look @ pictures.look.T).astype(np.float64)
    score = np.outer(pictures.scores, pictures.scores)
    for content_share, look_share in SHARES:
        kernel = content_share**2 * content + look_share**2 * look + SCORE_SHARE**2 * score
        yield np.linalg.inv(kernel + np.diag(doubt))


def _left_out(inverse: Floats, rest: Floats) -> Floats:
    found: Floats = rest - (inverse @ rest) / np.diag(inverse)[:, None]
    return found


def _counts(errors: Sequence[Any]) -> Floats:
    """How much each of the shares counts, in all 1."""
    stacked = np.stack([np.asarray(one) for one in errors])
    counts = np.exp(-_STRICTNESS * (stacked - stacked.min(axis=0)))
    return np.asarray(counts / counts.sum(axis=0))
