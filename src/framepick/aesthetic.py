"""The aesthetic model that scores pictures: an encoder and the scorer of its vectors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from framepick.encoding import load_encoder
from framepick.protocols import Encoder, Scorer
from framepick.scoring import NormScorer


@dataclass(frozen=True, slots=True)
class AestheticModel:
    """An encoder and the scorer of its vectors."""

    encoder: Encoder
    scorer: Scorer
    name: str = "unnamed"
    """Name of the weights."""
    runtime: str = "unknown"
    """Where and how the encoder runs."""


def load_model(
    weights: Path | None = None,
    device: str = "auto",
    runtime: str = "auto",
    precision: str = "auto",
    threads: int | None = None,
) -> AestheticModel:
    """Load the shipped weights, or others, on the best there is or as asked for.

    Raises
    ------
    UsageError, WeightsError
        The device or runtime is not there; the weights cannot be used.
    """
    encoder = load_encoder(weights, device, runtime=runtime, precision=precision, threads=threads)
    card = encoder.card
    scorer = NormScorer(card.calibration, card.architecture.moment)
    return AestheticModel(encoder, scorer, card.name, encoder.runtime)
