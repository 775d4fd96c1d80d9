"""Views that repeat the one before are not encoded again: slides, held frames, still screens."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from framepick.protocols import Encoder
from framepick.types import Embeddings, FrameBatch, Vectors


class RepeatEncoder:
    """Gives the vectors of `encoder`, bit for bit; what repeats the view before costs nothing."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._view: NDArray[np.uint8] | None = None
        self._vectors: tuple[Vectors, Vectors] | None = None
        """Vectors of the last view, one row each."""

    def encode(self, batch: FrameBatch) -> Embeddings:
        """Encode views (N, S, S, 3), N at least 1."""
        is_new = np.array([self._is_new(batch, at) for at in range(len(batch.views))])
        rows, place = np.flatnonzero(is_new), np.cumsum(is_new) - 1
        parts = [] if self._vectors is None else [self._vectors]
        if len(rows):
            moments = tuple(batch.moments[row] for row in rows)
            found = self._encoder.encode(FrameBatch(batch.views[rows], moments))
            parts.append((found.aesthetic, found.content))
        aesthetic, content = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        place += len(aesthetic) - len(rows)  # after those of the batch before
        self._view = batch.views[-1]
        self._vectors = aesthetic[-1:], content[-1:]
        vectors = aesthetic[place], content[place]
        return Embeddings(*vectors, batch.moments, self._encoder.encoder_id)

    def _is_new(self, batch: FrameBatch, at: int) -> bool:
        before = batch.views[at - 1] if at else self._view
        return before is None or not np.array_equal(batch.views[at], before)
