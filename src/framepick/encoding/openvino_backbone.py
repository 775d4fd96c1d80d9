"""The backbone of a network in OpenVINO: from views to the inputs of the head."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from framepick.encoding.openvino_library import CompiledModel, InferRequest, Model, core
from framepick.encoding.vectors import filled, spans
from framepick.types import Vectors

REQUESTS = 2
"""For each thread: one that runs and one that waits for it."""


class OpenVinoBackbone:
    """Runs a backbone on views, `views_at_once` on each of its threads.

    Every thread takes its own few views, so that none waits for another. Their number is fixed, and
    what is missing is filled up with zeros: so a view gives the same features whatever came with
    it, on any number of threads.
    """

    def __init__(self, compiled: CompiledModel, views_at_once: int, threads: int) -> None:
        """`compiled` is the first part that `graph.split` gives, for so many `threads`."""
        self._step = views_at_once
        self._requests = [compiled.create_infer_request() for _ in range(REQUESTS * threads)]
        self._widths = [int(port.get_shape()[1]) for port in compiled.outputs]

    def __call__(self, views: NDArray[np.uint8]) -> tuple[Vectors, Vectors]:
        """Compute pooled features (N, F) and statistics (N, S') of views (N, S, S, 3)."""
        pooled, statistics = (np.empty((len(views), n), np.float32) for n in self._widths)
        running: list[tuple[InferRequest, slice]] = []

        def collect() -> None:
            request, rows = running.pop(0)
            request.wait()
            for place, part in enumerate((pooled, statistics)):
                part[rows] = request.get_output_tensor(place).data[: rows.stop - rows.start]

        for number, rows in enumerate(spans(len(views), self._step)):
            if len(running) == len(self._requests):
                collect()
            request = self._requests[number % len(self._requests)]
            request.get_input_tensor().data[:] = filled(views[rows], self._step)
            request.start_async()
            running.append((request, rows))
        while running:
            collect()
        return pooled, statistics


def compile_model(graph: Model, precision: str, threads: int) -> CompiledModel:
    """Compile a graph for the CPU with `options_for` these."""
    return core().compile_model(graph, "CPU", options_for(precision, threads))


def options_for(precision: str, threads: int) -> dict[str, object]:
    """Give OpenVINO's options for a precision, as it names it, and a stream on each of `threads`.

    Streams do not wait for each other, so that a decoder gets its share of every core.
    """
    return {
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": threads,
        "ENABLE_CPU_PINNING": False,  # the decoder needs a core, too, whichever is free
    }
