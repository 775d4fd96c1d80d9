"""From vectors to one number per frame, higher is better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framepick.types import Calibration, Embeddings, Floats


@dataclass(frozen=True, slots=True, eq=False)
class NormScorer:
    """Scores a frame by the Euclidean norm of its aesthetic vector."""

    calibration: Calibration
    """The calibration of the weights that made the vectors."""

    def score(self, embeddings: Embeddings) -> Floats:
        """Norms (N,) of the rows, summed in float64 so that scores do not round to ties."""
        rows = embeddings.aesthetic.astype(np.float64)
        return np.asarray(np.linalg.norm(rows, axis=1), np.float64)
