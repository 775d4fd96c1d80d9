"""The state of a run on disk, from which it goes on as if it had never stopped."""

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
    """What was measured so far."""

    losses: list[tuple[float, ...]] = field(default_factory=list)
    """A row per step: the rate, the total, each loss (nan where a step has none of it)."""
    held_out: list[tuple[float, ...]] = field(default_factory=list)
    """A row per measurement: the step, each figure."""


@dataclass(slots=True)
class Plateau:
    """Divides the rate by ten when the mean loss over `patience` steps has not become better."""

    best: float = float("inf")
    divided: int = 0

    def see(self, mean: float) -> None:
        """Take the mean loss of one stretch of `patience` steps."""
        if mean < 0.99 * self.best:
            self.best = mean
        else:
            self.divided += 1


@dataclass(slots=True)
class Run:
    """All that changes from step to step."""

    parts: nn.ModuleDict
    optimiser: Optimizer
    log: Log = field(default_factory=Log)
    plateau: Plateau = field(default_factory=Plateau)
    step: int = 0
    """Steps that are done."""


def save_state(path: Path, run: Run, identity: str) -> None:
    """Write the state; OutputError where that fails, with the one before it kept."""
    state = {
        "identity": identity,
        "step": run.step,
        "parts": run.parts.state_dict(),
        "optimiser": run.optimiser.state_dict(),
        "losses": run.log.losses,
        "held_out": run.log.held_out,
        "plateau": (run.plateau.best, run.plateau.divided),
    }
    stream = io.BytesIO()
    torch.save(state, stream)
    with whole_file(path) as partial:
        partial.write_bytes(stream.getvalue())


def restore_state(path: Path, run: Run, identity: str) -> None:
    """Go on from `path`, if it is there.

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
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        if state["identity"] != identity:
            raise UsageError(
                f"{path}: is of a run with another configuration or other data; "
                "remove it to start anew, or choose another name"
            )
        run.parts.load_state_dict(state["parts"])
        run.optimiser.load_state_dict(state["optimiser"])
        run.log = Log(
            [tuple(row) for row in state["losses"]], [tuple(r) for r in state["held_out"]]
        )
        run.plateau = Plateau(*state["plateau"])
        run.step = state["step"]
    except _DAMAGE as error:
        reason = " ".join(str(error).split())[:200]
        raise WeightsError(f"{path}: is damaged ({reason}); remove it to start anew") from error
