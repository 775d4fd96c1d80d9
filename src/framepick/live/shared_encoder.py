"""One encoder for two threads: the one that scores goes first, the one that refines takes the rest.

Where the encoder is so slow that it keeps up with a few frames a second only, refining does without
it: all frames near a peak count as equally good, and the sharpest or the best face is taken.
"""

from __future__ import annotations

from dataclasses import replace
from threading import Condition
from time import monotonic

import numpy as np

from framepick.aesthetic import AestheticModel
from framepick.protocols import Encoder
from framepick.types import Embeddings, FrameBatch, ViewSpec

BATCH = 2
"""Small batches for refining, so that a live frame never waits long."""
SLOW_SECONDS = 0.12
"""Time for one frame from which on an encoder has none to spare."""
_SHARE = 0.2


class _Turns:
    """Lets one thread at a time use the encoder, the first one first."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._is_taken = False
        self._first_waits = False

    def take(self, is_first: bool) -> None:
        """Wait for the encoder."""
        with self._changed:
            self._first_waits |= is_first
            self._changed.wait_for(
                lambda: not self._is_taken and (is_first or not self._first_waits)
            )
            self._is_taken = True
            if is_first:
                self._first_waits = False

    def give_back(self) -> None:
        """Let the next one have it."""
        with self._changed:
            self._is_taken = False
            self._changed.notify_all()


class _Turn:
    """The encoder as one of the two threads sees it."""

    def __init__(self, shared: SharedEncoder, is_first: bool) -> None:
        self._shared, self._is_first = shared, is_first
        self._encoder = shared.encoder

    @property
    def encoder_id(self) -> str:
        return self._encoder.encoder_id

    @property
    def view_spec(self) -> ViewSpec:
        return self._encoder.view_spec

    @property
    def batch_size(self) -> int:
        return self._encoder.batch_size if self._is_first else min(BATCH, self._encoder.batch_size)

    def encode(self, batch: FrameBatch) -> Embeddings:
        return self._shared.encode(batch, self._is_first)


class SharedEncoder:
    """An encoder with two faces: `first` for live frames, `rest` for refining."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self._turns = _Turns()
        self._seconds: float | None = None
        self._last: Embeddings | None = None
        self.first: Encoder = _Turn(self, is_first=True)
        self.rest: Encoder = _Turn(self, is_first=False)

    def encode(self, batch: FrameBatch, is_first: bool) -> Embeddings:
        """Encode a batch once it is its turn."""
        if not is_first and self._is_slow and self._last is not None:
            return _same(self._last, batch)
        self._turns.take(is_first)
        try:
            start = monotonic()
            vectors = self.encoder.encode(batch)
            if is_first:
                self._learn(vectors, monotonic() - start)
            return vectors
        finally:
            self._turns.give_back()

    @property
    def _is_slow(self) -> bool:
        return self._seconds is not None and self._seconds > SLOW_SECONDS

    def _learn(self, vectors: Embeddings, seconds: float) -> None:
        before = seconds if self._last is None else self._seconds or seconds
        self._seconds = (1 - _SHARE) * before + _SHARE * seconds
        self._last = vectors


def _same(vectors: Embeddings, batch: FrameBatch) -> Embeddings:
    """Give one and the same vector for all frames of a batch."""
    count = len(batch.moments)
    aesthetic, content = (
        np.repeat(part[-1:], count, axis=0) for part in (vectors.aesthetic, vectors.content)
    )
    return Embeddings(aesthetic, content, batch.moments, vectors.encoder_id)


def shared(model: AestheticModel) -> tuple[AestheticModel, AestheticModel]:
    """Give the model that scores live frames, and the one that refines beside it."""
    both = SharedEncoder(model.encoder)
    return replace(model, encoder=both.first), replace(model, encoder=both.rest)
