"""The fault head: a small network on statistics, trained on distorted copies of pictures.

Its loss has two main terms. Within a set of copies, a more distorted one has to score lower by a
margin, whatever its beauty. Across undistorted pictures the deduction has to be constant, so that
beauty alone orders them; this keeps a soft or dark picture that people like from being called
faulty, and needs undistorted pictures of many kinds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from framepick.distortions import KINDS
from framepick.training.beauty import Standardiser
from framepick.training.feature_cache import COPIES_PER_SET, DistortedCopies
from framepick.training.losses import graded_loss
from framepick.types import Floats, Vectors

FIRST_LOGIT = -2.0
"""Initial logit of every fault: absent."""
SHARPNESS = 4.0
"""Factor on score differences in the pair loss."""
WARM_SHARE = 0.1
"""Share of the steps in which the learning rate rises, if that is more than one step."""


@dataclass(frozen=True, slots=True)
class FaultHeadConfig:
    """Hyperparameters of the fault head."""

    hidden: int
    epochs: int
    batch: int
    """Sets of four copies per step."""
    learning_rate: float
    weight_decay: float
    dropout: float
    grain: float
    """Deviation of the Gaussian noise added to standardised statistics in training."""
    margin: float
    """Score margin between a copy and the next more distorted one."""
    calm: float
    """Weight of the variance of the deduction over undistorted pictures."""
    shrunken_calm: float
    """Weight of the variance of the deduction over pictures that are equally small."""
    shrunken_step: float
    """By how much more is deducted, at least and on average, at each next smaller size."""
    naming: float
    """Weight of the classification loss: which kind of distortion a copy has."""
    cost: float
    """Deduction per unit of a fault's softplus logit."""


class FaultHead(nn.Module):
    """Maps standardised statistics (N, S) to fault logits (N, K)."""

    def __init__(self, statistics: int, config: FaultHeadConfig) -> None:
        super().__init__()
        self.hidden = nn.Linear(statistics, config.hidden)
        self.faults = nn.Linear(config.hidden, len(KINDS))
        nn.init.constant_(self.faults.bias, FIRST_LOGIT)
        self.config = config

    def forward(self, statistics: Tensor) -> Tensor:
        if self.training:
            statistics = statistics + self.config.grain * torch.randn_like(statistics)
        features = functional.relu(self.hidden(statistics))
        logits: Tensor = self.faults(
            functional.dropout(features, self.config.dropout, self.training)
        )
        return logits

    def deduction(self, logits: Tensor) -> Tensor:
        """Return what is subtracted from beauty (N,) for logits (N, K)."""
        return self.config.cost * functional.softplus(logits).sum(dim=-1)


@dataclass(frozen=True, slots=True, eq=False)
class FaultExamples:
    """The training data of a fault head."""

    copies: tuple[DistortedCopies, ...]
    beauty: tuple[Floats, ...]
    """Beauty (4 Q,) of each of `copies`."""
    clean: tuple[Vectors, ...]
    """Groups of statistics (N, S) of undistorted pictures; the variance is taken in each group."""
    shrunken: tuple[Vectors, ...] = ()
    """Such groups of copies that are equally small, the smallest first. That all of a source is
    small is no fault of one of its pictures, so their beauty has to order them, too."""


def train_fault_head(
    examples: FaultExamples, standardiser: Standardiser, config: FaultHeadConfig, seed: int
) -> FaultHead:
    """Train on the CPU; equal seeds and thread counts give equal weights."""
    parts = [_tensor(standardiser(one.features.statistics)) for one in examples.copies]
    statistics = torch.cat(parts).reshape(-1, COPIES_PER_SET, parts[0].shape[1])
    beauty = torch.cat([_tensor(one) for one in examples.beauty]).reshape(-1, COPIES_PER_SET)
    kinds = torch.cat([torch.from_numpy(one.kind) for one in examples.copies])
    clean = [_tensor(standardiser(group)) for group in examples.clean]
    shrunken = [_tensor(standardiser(group)) for group in examples.shrunken]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fault_head = FaultHead(statistics.shape[2], config).train()
        an_epoch = max(1, len(kinds) // config.batch)
        steps = config.epochs * an_epoch
        optimiser = torch.optim.AdamW(
            fault_head.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        warm = WARM_SHARE if WARM_SHARE * steps > 1.0 else 0.0  # of just one, it divides by 0
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, config.learning_rate, steps, pct_start=warm
        )
        for step in range(steps):
            if step % an_epoch == 0:
                order = torch.randperm(len(kinds))
            rows = order[config.batch * (step % an_epoch) :][: config.batch]
            groups, small = (
                [group[torch.randint(len(group), (config.batch // 2,))] for group in some]
                for some in (clean, shrunken)
            )
            loss = _loss(fault_head, statistics[rows], beauty[rows], kinds[rows], groups)
            if small:
                loss = loss + config.shrunken_calm * _unevenness(fault_head, small)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
    return fault_head.eval().requires_grad_(False)


def deductions(fault_head: FaultHead, standardiser: Standardiser, statistics: Vectors) -> Floats:
    """Return the deductions (N,) for raw statistics (N, S)."""
    with torch.inference_mode():
        off = fault_head.deduction(fault_head(_tensor(standardiser(statistics))))
    return off.double().numpy()


def _loss(
    fault_head: FaultHead, statistics: Tensor, beauty: Tensor, kinds: Tensor, groups: list[Tensor]
) -> Tensor:
    config = fault_head.config
    logits = fault_head(statistics)  # (Q, 4, K)
    off = fault_head.deduction(logits)  # (Q, 4)
    order = graded_loss(SHARPNESS * (beauty - off), margin=SHARPNESS * config.margin) / SHARPNESS
    clean_logits = [fault_head(group) for group in groups]
    calm = 0.5 * off[:, 0].var() + sum(fault_head.deduction(one).var() for one in clean_logits)
    own = logits.gather(2, kinds[:, None, None].expand(-1, COPIES_PER_SET, 1))[:, 1:, 0]
    absent = torch.cat([logits[:, 0], *clean_logits])
    naming = functional.softplus(absent).mean() + 0.5 * functional.softplus(-own).mean()
    return order + config.calm * calm + config.naming * config.cost * naming


def _unevenness(fault_head: FaultHead, groups: list[Tensor]) -> Tensor:
    """Mean variance of the deduction within `groups`, and what steps between their means lack."""
    off = torch.stack([fault_head.deduction(fault_head(group)) for group in groups])  # (G, n)
    means = off.mean(dim=1)
    lacking = functional.relu(fault_head.config.shrunken_step - (means[:-1] - means[1:]))
    return off.var(dim=1).mean() + lacking.sum()


def _tensor(values: Floats) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))
