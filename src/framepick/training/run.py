"""A whole training run: by gradient or by fitting."""

from __future__ import annotations

from pathlib import Path

from framepick.training.config import TrainConfig
from framepick.training.datasets import Note
from framepick.training.descent import descend
from framepick.training.fitting import fit_checkpoint
from framepick.training.outcome import Outcome
from framepick.training.pictures import Tell


def train(config: TrainConfig, path: Path, tell: Tell, note: Note) -> Outcome:
    """Train as `config`, read from the file `path`, says; raises what either way raises."""
    if config.descent is not None:
        return descend(config, tell, note)
    return fit_checkpoint(config, path, tell, note)
