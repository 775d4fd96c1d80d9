"""Views in, vectors out: device, precision and batches are decided here and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from framepick.model.card import default_weights

if TYPE_CHECKING:
    from framepick.encoding.torch_encoder import TorchEncoder

__all__ = ["load_encoder"]


def load_encoder(weights: Path | None = None, device: str = "auto") -> TorchEncoder:
    """Load an encoder: the shipped weights unless others are given, on the best device there is.

    `device` is auto, cpu, mps, cuda or one such as cuda:1. Raises UsageError for a device that
    is unknown or not there, WeightsError for weights that cannot be used.
    """
    from framepick.encoding.torch_encoder import TorchEncoder

    return TorchEncoder(default_weights() if weights is None else weights, device)
