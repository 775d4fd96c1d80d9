"""One step down the slope."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

import torch
from torch import Tensor

from framepick.training.config import DescentConfig
from framepick.training.divided import Divided
from framepick.training.objectives import Drawn, Seen
from framepick.training.setup import Workshop
from framepick.training.state import Run


def take_step(shop: Workshop) -> Tensor:
    """Draw what the run's next step is made of, and take it.

    Gives (1 + L,) on the device: the weighted total, and each of the run's L losses, nan where
    this step has none of it. Does not count the step as done.
    """
    step = shop.run.step
    drawn = [one.draw(step) for one in shop.objectives]
    for one in shop.objectives:
        one.expect(step + 1)
    terms: dict[str, tuple[float, Tensor]] = {}
    for one, part, seen in zip(shop.objectives, drawn, _see(shop.divided, drawn), strict=True):
        terms |= one.terms(seen, part)
    total = torch.stack([weight * loss for weight, loss in terms.values()]).sum()
    shop.run.optimiser.zero_grad(set_to_none=True)
    total.backward()  # type: ignore[no-untyped-call]
    shop.run.optimiser.step()
    nothing = 0.0, torch.full((), math.nan, device=shop.device)
    values = [terms.get(name, nothing)[1] for name in shop.loss_names]
    return torch.stack([total, *values]).detach()


def set_rate(run: Run, descent: DescentConfig) -> float:
    """Learning rate of the next step, by the schedule; the optimiser is given it."""
    rate = descent.learning_rate
    if descent.schedule == "cosine":
        rate *= 0.5 * (1.0 + math.cos(math.pi * run.step / descent.steps))
    elif descent.schedule == "plateau":
        rate *= 0.1**run.plateau.divided
    for group in run.optimiser.param_groups:
        group["lr"] = rate
    return rate


def _see(divided: Divided, drawn: Sequence[Drawn]) -> list[Seen]:
    """One pass over the inputs of all parts."""
    columns = zip(*(part.inputs for part in drawn), strict=True)
    deep, statistics = divided.back([torch.cat(column) for column in columns])
    aesthetic = divided.network.head(deep, statistics)[0]
    ends = list(accumulate(len(part.inputs[0]) for part in drawn))
    return [
        Seen(deep[start:end], aesthetic[start:end])
        for start, end in zip([0, *ends], ends, strict=False)
    ]
