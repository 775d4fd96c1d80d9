"""What an encoder will be called and how it takes views, known before any library is loaded."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

from framepick.encoding.machine import cores
from framepick.encoding.values import read_values
from framepick.model.card import Card, read_card
from framepick.types import VIEW_FILTER

VIEWS_AT_ONCE = {"float32": 2, "bfloat16": 4, "int8": 2}
"""Views that a thread of OpenVINO works on: more leave its cache, and each costs more."""
ROWS_AT_ONCE = 8
"""Rows that go through the head together, whose values are read once for all of them."""
_OPENVINO_BATCH = 32
_LEAST_ROUNDS = 2
"""Views in a batch at least, and times that each thread takes some of them: at the end of a batch
threads wait for the last one. With 8 views, on two cores, a search at 360p took a tenth longer."""
NETWORK_SUFFIX = ".network"
"""Of files with compiled networks."""
_GPUS = ("-cuda", "-mps")
TORCH_BATCHES = {"float32": 16, "bfloat16": 8}
"""Batch sizes at which a view costs least on CPUs, among those tried, if freed memory is kept."""


@dataclass(frozen=True, slots=True)
class Identity:
    """An encoder that is not loaded yet."""

    card: Card
    """What is known of the weights, with the calibration of their scores."""
    runtime: str
    """Precision and library or class of device, such as float32-openvino."""
    encoder_id: str
    batch_size: int


def identify(weights: Path, runtime: str, batch_size: int) -> Identity:
    """Name the encoder of a checkpoint under a runtime that takes all values from its weights.

    Raises WeightsError where the card or the weights cannot be read.
    """
    return _identity(read_card(weights), read_values(weights), runtime, batch_size)


def openvino_identity(
    weights: Path, precision: str, batch_size: int | None, threads: int | None = None
) -> Identity:
    """Name the encoder that OpenVINO will run; `precision` may be auto, that of the graph.

    Raises WeightsError where the card or the weights cannot be read.
    """
    card = read_card(weights)
    kind = card.graph_precision if precision == "auto" else precision
    values = read_values(weights)
    if kind == "int8":  # such a graph has values of its own, which follow from its calibration too
        values += card.graph.encode()
    busy = VIEWS_AT_ONCE[kind] * (threads or cores())  # views that keep all threads at work
    usual = busy * max(_LEAST_ROUNDS, math.ceil(_OPENVINO_BATCH / busy))
    return _identity(card, values, f"{kind}-openvino", batch_size or usual)


def torch_identity(weights: Path, precision: str, batch_size: int | None) -> Identity:
    """Name the encoder that torch will run on the CPU; `precision` may be auto: float32."""
    kind = "float32" if precision == "auto" else precision
    return identify(weights, f"{kind}-cpu", batch_size or TORCH_BATCHES[kind])


def is_of_gpu(encoder_id: str) -> bool:
    """Tell by its name whether an encoder runs on a GPU."""
    return encoder_id.endswith(_GPUS)


def _identity(card: Card, values: bytes, runtime: str, batch_size: int) -> Identity:
    digest = hashlib.sha256(values).hexdigest()[:12]
    view = f"{card.view.size}{VIEW_FILTER}"
    return Identity(card, runtime, f"{digest}-{view}-{runtime}", batch_size)
