"""Fits the radial head on cached features of a frozen backbone.

Beauty has a closed form, ridge regression on rated pictures; the fault head is a small network
trained on distorted copies. Both take seconds once the features are cached.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from framepick.model.heads import (
    ClassAppeal,
    principal_projection,
)
from framepick.model.networks import Network
from framepick.ratings import RatedSet
from framepick.training.beauty import Beauty, BeautyRegression, Standardiser
from framepick.training.fault_head import FaultExamples, FaultHead, deductions, train_fault_head
from framepick.training.feature_cache import Features
from framepick.training.fit_config import FitConfig
from framepick.training.fit_network import radial
from framepick.training.losses import cumulative_loss
from framepick.training.moments import fit_moments
from framepick.training.training_set import TrainingSet
from framepick.types import Floats, Rows

VOTE_STEPS = 200
"""Most iterations of L-BFGS; it converges long before."""
VOTE_PENALTY = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class FittedHead:
    """The two fitted parts of a score, and how much the second counts."""

    beauty: Beauty
    fault_head: FaultHead
    strictness: float


class HeadFitter:
    """Fits heads on subsets of a training set."""

    def __init__(
        self,
        training_set: TrainingSet,
        appeal: ClassAppeal,
        config: FitConfig,
        level_widths: Sequence[int],
    ):
        """The first statistics are of levels, `level_widths` of each, the rest of filters."""
        self.training_set, self.config = training_set, config
        self.level_widths = tuple(level_widths)
        free = training_set.features.select(training_set.rated.is_free)
        self.reference = training_set.photos.concatenate(free)
        self.regression = BeautyRegression(
            training_set.photos, appeal, config.beauty_config, sum(level_widths)
        )
        self.standardiser = Standardiser.of(training_set.photos.statistics)

    @cached_property
    def _columns(self) -> tuple[Floats, Floats]:
        return self.regression.columns(self.training_set.features), self.regression.columns(
            self.training_set.mirrored
        )

    @cached_property
    def _more_columns(self) -> list[Floats]:
        return [self.regression.columns(more.features) for more in self.training_set.more_rated]

    @cached_property
    def _differences(self) -> Floats:
        return self.regression.differences(self.training_set.photo_copies)

    def fit(self, rows: Rows, seed: int) -> FittedHead:
        """Fit on the rated pictures `rows` and on all unlabelled photos."""
        training_set, config = self.training_set, self.config
        ratings = training_set.rated.score[rows]
        columns = [part[rows] for part in self._columns] + self._more_columns
        scores = [ratings, ratings, *(more.scores for more in training_set.more_rated)]
        # each rated picture counts twice, with its mirror image; those of further sets come once
        weights = [np.ones(2 * len(rows))]
        weights += [np.full(len(m.scores), 2 * m.weight) for m in training_set.more_rated]
        beauty = self.regression.fit(
            np.concatenate(columns),
            np.concatenate(scores),
            self._differences,
            np.concatenate(weights),
        )
        own = training_set.rated_copies.select(np.isin(training_set.rated_copies.picture, rows))
        copies = (training_set.photo_copies, *[own] * config.rated_repeats)
        plain = np.concatenate(
            [s.statistics[rows] for s in (training_set.features, training_set.mirrored)]
        )
        examples = FaultExamples(
            copies=copies,
            beauty=tuple(self.regression.rate(beauty, one.features) for one in copies),
            clean=(plain, training_set.photos.statistics),
            shrunken=tuple(group.statistics for group in training_set.shrunken),
        )
        fault_head = train_fault_head(examples, self.standardiser, config.fault_head_config, seed)
        return FittedHead(beauty, fault_head, config.strictness)

    def score(self, head: FittedHead, features: Features) -> Floats:
        """Return scores (N,) before the softplus, which is monotonic and keeps lengths above 0."""
        off = deductions(head.fault_head, self.standardiser, features.statistics)
        return self.regression.rate(head.beauty, features) - head.strictness * off


def install(network: Network, head: FittedHead, fitter: HeadFitter) -> None:
    """Copy a fitted head into the network's parameters."""
    radial_head, standardiser = radial(network), fitter.standardiser
    _fill(
        radial_head.beauty,
        np.concatenate([head.beauty.pooled, head.beauty.statistics, _rest(head, fitter)])[None],
        np.array([head.beauty.bias]),
    )
    assert radial_head.appeal is not None  # noqa: S101 - the architecture has classes
    radial_head.appeal.gain.copy_(torch.from_numpy(head.beauty.appeal))
    assert radial_head.hidden is not None  # noqa: S101 - the architecture has hidden units
    weight = head.fault_head.hidden.weight.double().numpy() / standardiser.spread
    bias = head.fault_head.hidden.bias.double().numpy() - weight @ standardiser.mean
    _fill(radial_head.hidden, weight, bias)
    radial_head.faults.load_state_dict(head.fault_head.faults.state_dict())
    if radial_head.moment is not None:
        _fill(radial_head.moment, *_moment_axis(fitter))
    radial_head.fault_cost.fill_(fitter.config.cost * head.strictness)
    pooled = torch.from_numpy(fitter.reference.pooled)
    for layer in (radial_head.direction, radial_head.content):
        weights, biases = principal_projection(pooled, layer.out_features)
        layer.weight.copy_(weights)
        layer.bias.copy_(biases)


def _moment_axis(fitter: HeadFitter) -> tuple[Floats, Floats]:
    """Fit the moment axis on all rated footage: weight (1, S) and bias (1,), 0 on an average frame.

    The zero point does not count; near 0, half floats are finest.
    """
    footage, config = fitter.training_set.footage, fitter.config
    if footage is None:
        raise ValueError("a moment axis is fitted on footage")
    every = np.arange(len(footage.statistics))
    weights = config.moment_gain * fit_moments(
        footage, every, fitter.level_widths, config.moment_penalty
    )
    mean = footage.statistics[:, : len(weights)].mean(axis=0)
    rest = footage.statistics.shape[1] - len(weights)
    return np.pad(weights, (0, rest))[None], np.array([-float(mean @ weights)])


def fit_votes(network: Network, features: Features, rated: RatedSet) -> None:
    """Fit the vote head on aesthetic vectors of rated pictures, by `cumulative_loss`."""
    if network.votes is None or rated.votes is None:
        return
    aesthetic = vectors(network, features)
    shares = torch.from_numpy(rated.votes / rated.votes.sum(axis=1, keepdims=True)).float()
    network.votes.requires_grad_(True)
    aesthetic = network.without_moment(aesthetic)
    votes, parameters = network.votes, list(network.votes.parameters())
    for values in parameters:
        nn.init.zeros_(values)
    optimiser = torch.optim.LBFGS(parameters, max_iter=VOTE_STEPS, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        size = votes.linear.weight.square().sum()
        loss = cumulative_loss(votes(aesthetic), shares) + VOTE_PENALTY * size / len(shares)
        torch.autograd.backward(loss)
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    network.votes.requires_grad_(False)


def vectors(network: Network, features: Features) -> Tensor:
    """Return the aesthetic vectors (N, D) of views."""
    with torch.no_grad():
        pooled, statistics = (
            torch.from_numpy(part) for part in (features.pooled, features.statistics)
        )
        aesthetic: Tensor = network.head(pooled, statistics)[0]
    return aesthetic


def _rest(head: FittedHead, fitter: HeadFitter) -> Floats:
    """Return zero weights for the statistics that beauty does not use."""
    return np.zeros(fitter.training_set.features.statistics.shape[1] - len(head.beauty.statistics))


def _fill(layer: nn.Linear, weight: Floats, bias: Floats) -> None:
    layer.weight.copy_(torch.from_numpy(weight))
    layer.bias.copy_(torch.from_numpy(bias))
