"""One optimisation step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

import torch
from torch import Tensor

from framepick.training.config import DescentConfig
from framepick.training.experiment import Experiment
from framepick.training.frozen_split import FrozenSplit
from framepick.training.objectives import Batch, Outputs
from framepick.training.state import TrainingState


def take_step(experiment: Experiment) -> Tensor:
    """Sample the batches of the next step and update the weights.

    Returns (1 + L,) on the device: the weighted total and each of the L losses, nan where a loss
    is not part of this step. The step counter is left to the caller.
    """
    step = experiment.state.step
    batches = [one.sample(step) for one in experiment.objectives]
    for one in experiment.objectives:
        one.prefetch(step + 1)
    terms: dict[str, tuple[float, Tensor]] = {}
    for one, batch, outputs in zip(
        experiment.objectives, batches, _forward(experiment.split, batches), strict=True
    ):
        terms |= one.terms(outputs, batch)
    total = torch.stack([weight * loss for weight, loss in terms.values()]).sum()
    experiment.state.optimiser.zero_grad(set_to_none=True)
    total.backward()  # type: ignore[no-untyped-call]
    experiment.state.optimiser.step()
    nothing = 0.0, torch.full((), math.nan, device=experiment.device)
    values = [terms.get(name, nothing)[1] for name in experiment.loss_names]
    return torch.stack([total, *values]).detach()


def set_rate(state: TrainingState, descent: DescentConfig) -> float:
    """Set the learning rate of the next step by the schedule, and return it."""
    rate = descent.learning_rate
    if descent.schedule == "cosine":
        rate *= 0.5 * (1.0 + math.cos(math.pi * state.step / descent.steps))
    elif descent.schedule == "plateau":
        rate *= 0.1**state.plateau.reductions
    for group in state.optimiser.param_groups:
        group["lr"] = rate
    return rate


def _forward(split: FrozenSplit, batches: Sequence[Batch]) -> list[Outputs]:
    """Run one forward pass over the inputs of all batches."""
    columns = zip(*(batch.inputs for batch in batches), strict=True)
    deep, statistics = split.run_trainable([torch.cat(column) for column in columns])
    aesthetic = split.network.head(deep, statistics)[0]
    ends = list(accumulate(len(batch.inputs[0]) for batch in batches))
    return [
        Outputs(deep[start:end], aesthetic[start:end], split.network.architecture.moment)
        for start, end in zip([0, *ends], ends, strict=False)
    ]
