"""The encoder that runs in torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from framepick.encoding.hardware import encoding_runtime, use_threads
from framepick.encoding.identity import identify
from framepick.encoding.machine import keep_freed_memory
from framepick.encoding.vectors import check_views, filled, spans
from framepick.model.checkpoint import load_checkpoint
from framepick.types import Embeddings, FrameBatch, Vectors, ViewSpec


class TorchEncoder:
    """Runs a checkpoint's network on views, `batch_size` at a time.

    A batch that is not full is filled up with black views, because a kernel may be chosen by the
    size of its input: so a frame gets the same vectors whatever came with it.
    """

    def __init__(
        self,
        weights: Path,
        device: str = "auto",
        precision: str = "auto",
        batch_size: int | None = None,
        threads: int | None = None,
    ) -> None:
        self._runtime = encoding_runtime(device, precision, batch_size)
        use_threads(threads)
        if self._runtime.device.type == "cpu":
            keep_freed_memory()
        network, _ = load_checkpoint(weights)
        identity = identify(weights, self._runtime.name, self._runtime.batch_size)
        self.card = identity.card
        self.runtime = identity.runtime
        self.encoder_id = identity.encoder_id
        self.batch_size = identity.batch_size
        network.to(self._runtime.device).to(memory_format=torch.channels_last)
        network.backbone.set_precision(self._runtime.precision)
        self._network = network

    @property
    def view_spec(self) -> ViewSpec:
        return self.card.view

    def encode(self, batch: FrameBatch) -> Embeddings:
        """Encode views (N, S, S, 3) of any number N; S must be the card's, else ValueError."""
        check_views(batch.views, self.view_spec)
        sizes = self.card.architecture
        aesthetic = np.empty((len(batch.views), sizes.aesthetic), np.float32)
        content = np.empty((len(batch.views), sizes.content), np.float32)
        for rows in spans(len(batch.views), self.batch_size):
            aesthetic[rows], content[rows] = self._run(batch.views[rows])
        return Embeddings(aesthetic, content, batch.moments, self.encoder_id)

    def _run(self, views: NDArray[np.uint8]) -> tuple[Vectors, Vectors]:
        full = filled(views, self.batch_size)
        full = full if full.flags.writeable else full.copy()  # torch warns of others
        with torch.inference_mode():
            vectors = self._network(torch.from_numpy(full).to(self._runtime.device))
        aesthetic, content = (rows[: len(views)].float().cpu().numpy() for rows in vectors)
        return aesthetic, content
