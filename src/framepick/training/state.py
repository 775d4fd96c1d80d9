"""The state of a training run, saved so that it can resume as if it had never stopped."""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from framepick.errors import UsageError, WeightsError
from framepick.files import whole_file

_DAMAGE = (OSError, RuntimeError, ValueError, EOFError, KeyError, TypeError, pickle.PickleError)


@dataclass(slots=True)
class Log:
    """Losses and validation metrics so far."""

    losses: list[tuple[float, ...]] = field(default_factory=list)
    """A row per step: learning rate, total, each loss (nan where it was not part of the step)."""
    held_out: list[tuple[float, ...]] = field(default_factory=list)
    """A row per validation: the step, each metric."""


@dataclass(slots=True)
class Plateau:
    """Divides the learning rate by ten when the mean loss of `patience` steps has not improved."""

    best: float = float("inf")
    reductions: int = 0

    def update(self, mean: float) -> None:
        """Record the mean loss of the last `patience` steps."""
        if mean < 0.99 * self.best:
            self.best = mean
        else:
            self.reductions += 1


@dataclass(slots=True)
class TrainingState:
    """Everything that changes from step to step."""

    parts: nn.ModuleDict
    optimiser: Optimizer
    log: Log = field(default_factory=Log)
    plateau: Plateau = field(default_factory=Plateau)
    step: int = 0
    """Steps done."""


def save_state(path: Path, state: TrainingState, identity: str) -> None:
    """Write the state; OutputError where that fails, and the previous file is kept."""
    content = {
        "identity": identity,
        "step": state.step,
        "parts": state.parts.state_dict(),
        "optimiser": state.optimiser.state_dict(),
        "losses": state.log.losses,
        "held_out": state.log.held_out,
        "plateau": (state.plateau.best, state.plateau.reductions),
    }
    stream = io.BytesIO()
    torch.save(content, stream)
    with whole_file(path) as partial:
        partial.write_bytes(stream.getvalue())


def restore_state(path: Path, state: TrainingState, identity: str) -> None:
    """Resume from the file `path`, if it exists.

    Raises
    ------
    UsageError
        It is the state of a run with another configuration or other data.
    WeightsError
        It is damaged.
    """
    if not path.exists():
        return
    try:
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        if content["identity"] != identity:
            raise UsageError(
                f"{path}: is of a run with another configuration or other data; "
                "remove it to start anew, or choose another name"
            )
        state.parts.load_state_dict(content["parts"])
        state.optimiser.load_state_dict(content["optimiser"])
        state.log = Log(
            [tuple(row) for row in content["losses"]], [tuple(r) for r in content["held_out"]]
        )
        state.plateau = Plateau(*content["plateau"])
        state.step = content["step"]
    except _DAMAGE as error:
        reason = " ".join(str(error).split())[:200]
        raise WeightsError(f"{path}: is damaged ({reason}); remove it to start anew") from error
