"""The encoder that runs in torch."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from framepick.encoding.hardware import encoding_runtime, leave_a_core
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
    ) -> None:
        self._runtime = encoding_runtime(device, precision, batch_size)
        leave_a_core()
        if self._runtime.device.type == "cpu":
            keep_freed_memory()
        network, self.card = load_checkpoint(weights)
        """What is known of the weights, with the calibration of their scores."""
        network.to(self._runtime.device).to(memory_format=torch.channels_last)
        network.backbone.set_precision(self._runtime.precision)
        self._network = network
        view = self.card.view
        self.encoder_id = f"{_digest(weights)}-{view.size}{view.filter}-{self._runtime.name}"

    @property
    def runtime(self) -> str:
        """Precision and device, such as float32-cpu."""
        return self._runtime.name

    @property
    def view_spec(self) -> ViewSpec:
        return self.card.view

    @property
    def batch_size(self) -> int:
        return self._runtime.batch_size

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


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]
