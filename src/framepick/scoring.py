"""From vectors to one number per frame, higher is better.

A picture on its own is scored by the norm of its aesthetic vector. The frames of a video are also
told apart by the moment axis, the last column of the vectors: how good a moment of its clip a frame
is. The axis has no zero point of its own, since what makes a good moment differs from clip to clip,
so it counts from the median frame of the video.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framepick.model.card import Card
from framepick.types import Calibration, Embeddings, Flags, Floats, Vectors


@dataclass(frozen=True, slots=True, eq=False)
class NormScorer:
    """Scores a frame by the Euclidean norm of its aesthetic vector."""

    calibration: Calibration
    """The calibration of the weights that made the vectors."""
    has_moments: bool = False
    """Whether the last column of the vectors is the moment axis."""

    @staticmethod
    def of(card: Card) -> NormScorer:
        """Make the scorer of the weights that `card` describes."""
        return NormScorer(card.calibration, card.architecture.moment)

    def score(self, embeddings: Embeddings) -> Floats:
        """Norms (N,) of the rows, summed in float64 so that scores do not round to ties."""
        return self.norms(embeddings.aesthetic)

    def norms(self, aesthetic: Vectors) -> Floats:
        """Norms (N,) of vectors (N, D), without the moment axis."""
        rows = aesthetic[:, :-1] if self.has_moments else aesthetic
        return np.asarray(np.linalg.norm(rows.astype(np.float64), axis=1), np.float64)

    def moments(self, embeddings: Embeddings) -> Floats:
        """Coordinates (N,) on the moment axis; zeros without one."""
        if not self.has_moments:
            return np.zeros(len(embeddings.aesthetic))
        return embeddings.aesthetic[:, -1].astype(np.float64)


def in_video(scores: Floats, moments: Floats, sound: Flags) -> Floats:
    """Scores (T,) of the frames of a video, from those of pictures on their own and from moments.

    The moment axis counts from the median of the `sound` (T,) frames, those without a hard veto; of
    all where none is. No score is below 0.
    """
    if not len(scores):
        return scores
    middle = np.median(moments[sound] if sound.any() else moments)
    return np.maximum(scores + (moments - middle), 0.0)
