"""A network on an NVIDIA GPU whose kernels are launched together, as one graph.

A small network is hundreds of short kernels, and to launch them one by one takes longer than they
run. Batches are of one size, so the launches are recorded once and then replayed.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from framepick.model.networks import Network
from framepick.types import Vectors

_WARM_UP = 3
"""Runs before the recording, in which libraries choose kernels and take memory."""


class CapturedNetwork:
    """Runs a network on batches of `size` views of `side` pixels, recorded as a CUDA graph.

    Views and vectors go through page-locked memory, which the device copies without the processor.

    Raises
    ------
    RuntimeError
        The device has no memory left, or does something that cannot be recorded.
    """

    def __init__(self, network: Network, device: torch.device, size: int, side: int) -> None:
        self._device = device
        self._network = network  # the recording reads its weights where they lie
        self._waiting = torch.zeros((size, side, side, 3), dtype=torch.uint8, pin_memory=True)
        with torch.inference_mode(), torch.cuda.device(device):
            self._views = torch.zeros_like(self._waiting, device=device)
            stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                for _ in range(_WARM_UP):
                    network(self._views)
            torch.cuda.current_stream().wait_stream(stream)
            self._graph = torch.cuda.CUDAGraph()
            # other threads may use the device meanwhile
            with torch.cuda.graph(self._graph, capture_error_mode="thread_local"):
                self._vectors = tuple(vectors.float() for vectors in network(self._views))
            self._results = [_page_locked(vectors) for vectors in self._vectors]

    def __call__(self, views: NDArray[np.uint8]) -> tuple[Vectors, ...]:
        """Return the vectors of views (size, side, side, 3); they are valid until the next call."""
        self._waiting.numpy()[:] = views
        with torch.inference_mode(), torch.cuda.device(self._device):
            self._views.copy_(self._waiting, non_blocking=True)
            self._graph.replay()
            for result, vectors in zip(self._results, self._vectors, strict=True):
                result.copy_(vectors, non_blocking=True)
            torch.cuda.current_stream().synchronize()
        return tuple(result.numpy() for result in self._results)


def _page_locked(like: Tensor) -> Tensor:
    return torch.empty(like.shape, dtype=like.dtype, pin_memory=True)
