"""The encoder that runs in OpenVINO, on a CPU, without torch."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path

import numpy as np

from framepick.encoding.compiled import KeptNetworks
from framepick.encoding.graph import load_graph, seal_of, split
from framepick.encoding.identity import ROWS_AT_ONCE, VIEWS_AT_ONCE, openvino_identity
from framepick.encoding.machine import cores
from framepick.encoding.openvino_backbone import OpenVinoBackbone, options_for
from framepick.encoding.openvino_library import Core, core
from framepick.encoding.vectors import check_views, filled, spans
from framepick.errors import UsageError
from framepick.types import Embeddings, FrameBatch, ViewSpec

TYPES = {"float32": "f32", "bfloat16": "bf16", "int8": "f32"}
"""What OpenVINO computes in by default; what is quantised in a graph stays so."""


class OpenVinoEncoder:
    """Runs a checkpoint's network on views, `batch_size` at a time.

    The number of views and rows that go through the network together is fixed, and what is missing
    is filled up with zeros: so a frame gets the same vectors whatever came with it, on any number
    of threads and in any batch size.
    """

    def __init__(
        self,
        weights: Path,
        precision: str = "auto",
        batch_size: int | None = None,
        threads: int | None = None,
        kept: Path | None = None,
    ) -> None:
        """`kept` is a folder of networks that were compiled before, None for none."""
        identity = openvino_identity(weights, precision, batch_size, threads)
        self.card = identity.card
        self.runtime = identity.runtime
        self.encoder_id = identity.encoder_id
        self.batch_size = identity.batch_size
        kind = self.runtime.removesuffix("-openvino")
        check_precision(kind)
        at_once, threads = VIEWS_AT_ONCE[kind], threads or cores()
        graph = partial(load_graph, weights, self.card, "int8" if kind == "int8" else "float32")
        parts = cache(lambda: split(graph(), at_once, ROWS_AT_ONCE))
        networks = KeptNetworks(kept)
        # with the seals of what lies there and of what should: what differs is read, and refused
        seals = f"{seal_of(weights)} {self.card.graph}"
        name = f"{self.encoder_id} {seals} {at_once} {ROWS_AT_ONCE}"
        options = options_for(TYPES[kind], threads)
        backbone = networks.of(f"{name} backbone", options, lambda: parts()[0])
        head = networks.of(f"{name} head", options_for("f32", 1), lambda: parts()[1])
        self._backbone = OpenVinoBackbone(backbone, at_once, threads)
        self._head = head.create_infer_request()

    @property
    def view_spec(self) -> ViewSpec:
        return self.card.view

    def encode(self, batch: FrameBatch) -> Embeddings:
        """Encode views (N, S, S, 3) of any number N; S must be the card's, else ValueError."""
        check_views(batch.views, self.view_spec)
        pooled, statistics = self._backbone(batch.views)
        sizes = self.card.architecture
        aesthetic = np.empty((len(pooled), sizes.aesthetic), np.float32)
        content = np.empty((len(pooled), sizes.content), np.float32)
        for rows in spans(len(pooled), ROWS_AT_ONCE):
            inputs = [filled(part[rows], ROWS_AT_ONCE) for part in (pooled, statistics)]
            vectors = self._head.infer(inputs)
            count = rows.stop - rows.start
            aesthetic[rows], content[rows] = vectors[0][:count], vectors[1][:count]
        return Embeddings(aesthetic, content, batch.moments, self.encoder_id)


def check_precision(precision: str) -> None:
    """Raise UsageError where the CPU lacks `precision`: OpenVINO would quietly take fp32."""
    if precision == "bfloat16" and "BF16" not in capabilities(core()):
        raise UsageError("this CPU has no bfloat16; choose precision float32")


def capabilities(core: Core) -> list[str]:
    """Kinds of numbers that the CPU computes with, such as FP32 and BF16."""
    return list(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
