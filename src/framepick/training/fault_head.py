"""Finding faults: a small network on statistics, taught by copies of pictures.

It is told two things. Within a picture, a copy with more of a fault has to score lower, by a
margin, whatever its beauty. Between pictures that are sound, what is taken off has to be alike,
so that beauty alone orders them. The first comes cheap; the second is what keeps a soft or dark
picture that people like from being called faulty, and needs sound pictures of many kinds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from framepick.distortions import KINDS
from framepick.training.beauty import Scale
from framepick.training.feature_cache import LEVELS, Copies
from framepick.training.losses import graded_loss
from framepick.types import Floats, Vectors

FIRST_LOGIT = -2.0
"""Of every fault before training: absent."""
SHARPNESS = 4.0
"""By which differences of scores are multiplied in the pair loss."""
WARM_SHARE = 0.1
"""Of the steps, in which the rate rises, if that is more than one of them."""


@dataclass(frozen=True, slots=True)
class FindingRules:
    """How the finder of faults is trained."""

    hidden: int
    epochs: int
    batch: int
    """Sets of four copies a step."""
    learning_rate: float
    weight_decay: float
    dropout: float
    grain: float
    """Deviation of the noise on standardised statistics."""
    margin: float
    """By which a copy has to score above the next worse one."""
    calm: float
    """Penalty of the variance, over sound pictures, of what is taken off."""
    naming: float
    """Weight of telling the kind of fault."""
    cost: float
    """What a fault takes off for each unit of its logit."""


class Finder(nn.Module):
    """Standardised statistics (N, S) to logits (N, K)."""

    def __init__(self, statistics: int, rules: FindingRules) -> None:
        super().__init__()
        self.hidden = nn.Linear(statistics, rules.hidden)
        self.faults = nn.Linear(rules.hidden, len(KINDS))
        nn.init.constant_(self.faults.bias, FIRST_LOGIT)
        self._rules = rules

    def forward(self, statistics: Tensor) -> Tensor:
        if self.training:
            statistics = statistics + self._rules.grain * torch.randn_like(statistics)
        seen = functional.relu(self.hidden(statistics))
        logits: Tensor = self.faults(functional.dropout(seen, self._rules.dropout, self.training))
        return logits

    def deduction(self, logits: Tensor) -> Tensor:
        """What is taken off the beauty (N,) for logits (N, K)."""
        return self._rules.cost * functional.softplus(logits).sum(dim=-1)


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """What a finder is taught with."""

    copies: tuple[Copies, ...]
    beauty: tuple[Floats, ...]
    """(4 Q) of the copies."""
    sound: tuple[Vectors, ...]
    """Statistics (N, S) of sound pictures, group by group; each group is calmed on its own."""


def train_finder(lessons: Lessons, scale: Scale, rules: FindingRules, seed: int) -> Finder:
    """Train on the CPU; the same seed and threads give the same values."""
    parts = [_tensor(scale(one.seen.statistics)) for one in lessons.copies]
    statistics = torch.cat(parts).reshape(-1, LEVELS, parts[0].shape[1])
    beauty = torch.cat([_tensor(one) for one in lessons.beauty]).reshape(-1, LEVELS)
    kinds = torch.cat([torch.from_numpy(one.kind) for one in lessons.copies])
    sound = [_tensor(scale(group)) for group in lessons.sound]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        finder = Finder(statistics.shape[2], rules).train()
        an_epoch = max(1, len(kinds) // rules.batch)
        steps = rules.epochs * an_epoch
        optimiser = torch.optim.AdamW(
            finder.parameters(), lr=rules.learning_rate, weight_decay=rules.weight_decay
        )
        warm = WARM_SHARE if WARM_SHARE * steps > 1.0 else 0.0  # of just one, it divides by 0
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, rules.learning_rate, steps, pct_start=warm
        )
        for step in range(steps):
            if step % an_epoch == 0:
                order = torch.randperm(len(kinds))
            rows = order[rules.batch * (step % an_epoch) :][: rules.batch]
            groups = [group[torch.randint(len(group), (rules.batch // 2,))] for group in sound]
            loss = _loss(finder, statistics[rows], beauty[rows], kinds[rows], groups)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
    return finder.eval().requires_grad_(False)


def deductions(finder: Finder, scale: Scale, statistics: Vectors) -> Floats:
    """What is taken off (N,) for statistics (N, S)."""
    with torch.inference_mode():
        off = finder.deduction(finder(_tensor(scale(statistics))))
    return off.double().numpy()


def _loss(
    finder: Finder, statistics: Tensor, beauty: Tensor, kinds: Tensor, groups: list[Tensor]
) -> Tensor:
    rules = finder._rules
    logits = finder(statistics)  # (Q, 4, K)
    off = finder.deduction(logits)  # (Q, 4)
    order = graded_loss(SHARPNESS * (beauty - off), margin=SHARPNESS * rules.margin) / SHARPNESS
    sound_logits = [finder(group) for group in groups]
    calm = 0.5 * off[:, 0].var() + sum(finder.deduction(one).var() for one in sound_logits)
    own = logits.gather(2, kinds[:, None, None].expand(-1, LEVELS, 1))[:, 1:, 0]
    absent = torch.cat([logits[:, 0], *sound_logits])
    naming = functional.softplus(absent).mean() + 0.5 * functional.softplus(-own).mean()
    return order + rules.calm * calm + rules.naming * rules.cost * naming


def _tensor(values: Floats) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))
