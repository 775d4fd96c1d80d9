"""The encoder that runs in OpenVINO, on a CPU, without torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from framepick.encoding.graph import load_graph, split
from framepick.encoding.identity import ROWS_AT_ONCE, VIEWS_AT_ONCE, openvino_identity
from framepick.encoding.machine import cores
from framepick.encoding.openvino_library import CompiledModel, Core, InferRequest, Model
from framepick.encoding.vectors import check_views, filled, spans
from framepick.errors import UsageError
from framepick.types import Embeddings, FrameBatch, Vectors, ViewSpec

REQUESTS = 2
"""For each thread: one that runs and one that waits for it."""
TYPES = {"float32": "f32", "bfloat16": "bf16", "int8": "f32"}
"""What OpenVINO computes in by default; what is quantised in a graph stays so."""


class OpenVinoEncoder:
    """Runs a checkpoint's network on views, `batch_size` at a time.

    Every thread takes its own few views, so that none waits for another. The number of views and
    rows that go through the network together is fixed, and what is missing is filled up with
    zeros: so a frame gets the same vectors whatever came with it, on any number of threads and in
    any batch size.
    """

    def __init__(
        self,
        weights: Path,
        precision: str = "auto",
        batch_size: int | None = None,
        threads: int | None = None,
    ) -> None:
        identity = openvino_identity(weights, precision, batch_size, threads)
        self.card = identity.card
        self.runtime = identity.runtime
        self.encoder_id = identity.encoder_id
        self.batch_size = identity.batch_size
        kind = self.runtime.removesuffix("-openvino")
        check_precision(kind)
        # streams do not wait for each other, so the decoder gets its share of every core
        core, threads = Core(), threads or cores()
        self._step = VIEWS_AT_ONCE[kind]
        graph = load_graph(weights, self.card, "int8" if kind == "int8" else "float32")
        backbone, head = split(graph, self._step, ROWS_AT_ONCE)
        self._requests = _requests(
            _compile(core, backbone, TYPES[kind], threads), REQUESTS * threads
        )
        self._head = _compile(core, head, "f32", 1).create_infer_request()
        self._described = [int(port.get_shape()[1]) for port in backbone.outputs]

    @property
    def view_spec(self) -> ViewSpec:
        return self.card.view

    def encode(self, batch: FrameBatch) -> Embeddings:
        """Encode views (N, S, S, 3) of any number N; S must be the card's, else ValueError."""
        check_views(batch.views, self.view_spec)
        pooled, statistics = self._describe(batch.views)
        sizes = self.card.architecture
        aesthetic = np.empty((len(pooled), sizes.aesthetic), np.float32)
        content = np.empty((len(pooled), sizes.content), np.float32)
        for rows in spans(len(pooled), ROWS_AT_ONCE):
            inputs = [filled(part[rows], ROWS_AT_ONCE) for part in (pooled, statistics)]
            vectors = self._head.infer(inputs)
            count = rows.stop - rows.start
            aesthetic[rows], content[rows] = vectors[0][:count], vectors[1][:count]
        return Embeddings(aesthetic, content, batch.moments, self.encoder_id)

    def _describe(self, views: NDArray[np.uint8]) -> tuple[Vectors, Vectors]:
        """The inputs of the head for `views`: pooled features (N, F) and statistics (N, S)."""
        pooled, statistics = (np.empty((len(views), n), np.float32) for n in self._described)
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


def check_precision(precision: str) -> None:
    """Raise UsageError where the CPU lacks `precision`: OpenVINO would quietly take fp32."""
    if precision == "bfloat16" and "BF16" not in capabilities(Core()):
        raise UsageError("this CPU has no bfloat16; choose precision float32")


def capabilities(core: Core) -> list[str]:
    """Kinds of numbers that the CPU computes with, such as FP32 and BF16."""
    return list(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))


def _compile(core: Core, graph: Model, kind: str, threads: int) -> CompiledModel:
    options = {
        "INFERENCE_PRECISION_HINT": kind,
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": threads,
        "ENABLE_CPU_PINNING": False,  # the decoder needs a core, too, whichever is free
    }
    return core.compile_model(graph, "CPU", options)


def _requests(model: CompiledModel, count: int) -> list[InferRequest]:
    return [model.create_infer_request() for _ in range(count)]
