"""The encoder that runs in torch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from framepick.encoding.cuda_graph import CapturedNetwork
from framepick.encoding.hardware import encoding_runtime, use_threads
from framepick.encoding.identity import identify
from framepick.encoding.machine import keep_freed_memory
from framepick.encoding.vectors import check_views, filled, spans
from framepick.errors import UsageError
from framepick.model.checkpoint import load_checkpoint
from framepick.model.networks import Network
from framepick.types import Embeddings, FrameBatch, Vectors, ViewSpec

_Run = Callable[[NDArray[np.uint8]], tuple[Vectors, ...]]


class TorchEncoder:
    """Runs a checkpoint's network on views, `batch_size` at a time.

    A batch that is not full is filled up with black views, because a kernel may be chosen by the
    size of its input: so a frame gets the same vectors whatever came with it.

    Raises
    ------
    UsageError
        There is no such device, or it has too little memory.
    WeightsError
        The weights or their card cannot be read.
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
        try:
            self._run = self._runner(network)
        except torch.cuda.OutOfMemoryError as error:
            name = self._runtime.device
            raise UsageError(f"{name}: too little memory is free; choose --device cpu") from error

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
            views = batch.views[rows]
            full = self._run(filled(views, self.batch_size))
            aesthetic[rows], content[rows] = (vectors[: len(views)] for vectors in full)
        return Embeddings(aesthetic, content, batch.moments, self.encoder_id)

    def _runner(self, network: Network) -> _Run:
        """Give what turns views (batch_size, S, S, 3) into vectors."""
        device = self._runtime.device
        network.to(device).to(memory_format=torch.channels_last)
        network.backbone.set_precision(self._runtime.precision)
        if device.type == "cuda":
            return CapturedNetwork(network, device, self.batch_size, self.view_spec.size)
        return partial(_run, network, device)


def _run(network: Network, device: torch.device, views: NDArray[np.uint8]) -> tuple[Vectors, ...]:
    views = views if views.flags.writeable else views.copy()  # torch warns of others
    with torch.inference_mode():
        vectors = network(torch.from_numpy(views).to(device))
    return tuple(rows.float().cpu().numpy() for rows in vectors)
