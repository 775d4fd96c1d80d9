"""The result of a training run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from framepick.errors import OutputError, reason_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """The checkpoint that a run wrote, and how good it is."""

    weights: Path
    """The checkpoint, with its card beside it."""
    figures: Mapping[str, float]
    """Metrics on held-out data, by name."""


def check_folder(folder: Path) -> None:
    """Raise OutputError, before hours of work, where `folder` cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot be made ({reason_of(error)}); choose another out"
        ) from error
    if not os.access(folder, os.W_OK):
        raise OutputError(f"{folder}: cannot be written to; choose another out")
