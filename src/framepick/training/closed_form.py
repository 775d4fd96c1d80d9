"""The radial head, fitted on what a frozen backbone says of pictures.

Beauty is ridge regression on rated pictures, faults are found by a small network that learns from
copies; both take seconds once the backbone has been asked, so that ideas are cheap to try. How
good an idea is, cross-validation grouped by theme tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from framepick.evaluation.crossval import Rows
from framepick.model.heads import (
    ClassAppeal,
    principal_projection,
)
from framepick.model.networks import Network
from framepick.ratings import RatedSet
from framepick.training.beauty import Beauty, BeautyDesk, Scale
from framepick.training.fault_head import Finder, Lessons, deductions, train_finder
from framepick.training.feature_cache import Seen
from framepick.training.fit_config import FitConfig
from framepick.training.fit_network import radial
from framepick.training.losses import cumulative_loss
from framepick.training.material import Material
from framepick.types import Floats

VOTE_STEPS = 200
"""Of L-BFGS; it stops by itself long before."""
VOTE_PENALTY = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """The two fitted parts of a score."""

    beauty: Beauty
    finder: Finder
    strictness: float


class Fitter:
    """Fits heads on parts of the material."""

    def __init__(self, material: Material, appeal: ClassAppeal, config: FitConfig, levels: int):
        """`levels` is how many of the statistics are of levels; the rest are of filters."""
        self.material, self.config = material, config
        free = material.seen.choose(material.rated.is_free)
        self.reference = material.photos.followed_by(free)
        self.desk = BeautyDesk(material.photos, appeal, config.beauty_rules, levels)
        self.scale = Scale.of(material.photos.statistics)

    @cached_property
    def _columns(self) -> tuple[Floats, Floats]:
        return self.desk.columns(self.material.seen), self.desk.columns(self.material.mirrored)

    @cached_property
    def _differences(self) -> Floats:
        return self.desk.differences(self.material.photo_copies)

    def fit(self, rows: Rows, seed: int) -> Head:
        """Fit on the rated pictures `rows` and on all photos."""
        material, config = self.material, self.config
        ratings = material.rated.score[rows]
        columns = np.concatenate([part[rows] for part in self._columns])
        beauty = self.desk.fit(columns, np.concatenate([ratings, ratings]), self._differences)
        own = material.rated_copies.choose(np.isin(material.rated_copies.picture, rows))
        copies = (material.photo_copies, *[own] * config.rated_repeats)
        plain = np.concatenate([s.statistics[rows] for s in (material.seen, material.mirrored)])
        lessons = Lessons(
            copies=copies,
            beauty=tuple(self.desk.rate(beauty, one.seen) for one in copies),
            sound=(plain, material.photos.statistics),
        )
        finder = train_finder(lessons, self.scale, config.finding_rules, seed)
        return Head(beauty, finder, config.strictness)

    def score(self, head: Head, seen: Seen) -> Floats:
        """Scores (N,), before the softplus that keeps lengths above 0 and changes no order."""
        off = deductions(head.finder, self.scale, seen.statistics)
        return self.desk.rate(head.beauty, seen) - head.strictness * off


def install(network: Network, head: Head, fitter: Fitter) -> None:
    """Put a fitted head into the network."""
    radial_head, scale = radial(network), fitter.scale
    _fill(
        radial_head.beauty,
        np.concatenate([head.beauty.pooled, head.beauty.statistics, _rest(head, fitter)])[None],
        np.array([head.beauty.bias]),
    )
    assert radial_head.appeal is not None  # noqa: S101 - the architecture has classes
    radial_head.appeal.gain.copy_(torch.from_numpy(head.beauty.appeal))
    assert radial_head.hidden is not None  # noqa: S101 - the architecture has hidden units
    weight = head.finder.hidden.weight.double().numpy() / scale.spread
    bias = head.finder.hidden.bias.double().numpy() - weight @ scale.mean
    _fill(radial_head.hidden, weight, bias)
    radial_head.faults.load_state_dict(head.finder.faults.state_dict())
    radial_head.fault_cost.fill_(fitter.config.cost * head.strictness)
    pooled = torch.from_numpy(fitter.reference.pooled)
    for layer in (radial_head.direction, radial_head.content):
        weights, biases = principal_projection(pooled, layer.out_features)
        layer.weight.copy_(weights)
        layer.bias.copy_(biases)


def fit_votes(network: Network, seen: Seen, rated: RatedSet) -> None:
    """Fit the vote head on the aesthetic vectors of rated pictures, by cumulative distance."""
    if network.votes is None or rated.votes is None:
        return
    aesthetic = vectors(network, seen)
    shares = torch.from_numpy(rated.votes / rated.votes.sum(axis=1, keepdims=True)).float()
    network.votes.requires_grad_(True)
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


def vectors(network: Network, seen: Seen) -> Tensor:
    """Aesthetic vectors (N, D) of views."""
    with torch.no_grad():
        pooled, statistics = (torch.from_numpy(part) for part in (seen.pooled, seen.statistics))
        aesthetic: Tensor = network.head(pooled, statistics)[0]
    return aesthetic


def _rest(head: Head, fitter: Fitter) -> Floats:
    """Zeros for the statistics that beauty does not look at."""
    return np.zeros(fitter.material.seen.statistics.shape[1] - len(head.beauty.statistics))


def _fill(layer: nn.Linear, weight: Floats, bias: Floats) -> None:
    layer.weight.copy_(torch.from_numpy(weight))
    layer.bias.copy_(torch.from_numpy(bias))
