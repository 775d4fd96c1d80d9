"""What a training run leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run left."""

    weights: Path
    """The checkpoint, with its card beside it."""
    figures: Mapping[str, float]
    """Measured on held-out parts."""
