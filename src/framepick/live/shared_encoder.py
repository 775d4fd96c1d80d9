"""One encoder for two threads: the one that scores, and the one that refines."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock

from framepick.aesthetic import AestheticModel
from framepick.protocols import Encoder
from framepick.types import Embeddings, FrameBatch, ViewSpec

BATCH = 4
"""Small batches, so that a live frame never waits long."""


class SharedEncoder:
    """Lets one thread at a time use an encoder."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._lock = Lock()

    @property
    def encoder_id(self) -> str:
        return self._encoder.encoder_id

    @property
    def view_spec(self) -> ViewSpec:
        return self._encoder.view_spec

    @property
    def batch_size(self) -> int:
        return min(BATCH, self._encoder.batch_size)

    def encode(self, batch: FrameBatch) -> Embeddings:
        """Encode a batch once the other thread's is done."""
        with self._lock:
            return self._encoder.encode(batch)


def shared(model: AestheticModel) -> AestheticModel:
    """Give a model that two threads may use."""
    return replace(model, encoder=SharedEncoder(model.encoder))
