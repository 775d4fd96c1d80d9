"""What each part of a step draws, and the losses that come of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from framepick.model.networks import Network
from framepick.training import losses
from framepick.training.augment import GRADES, NULLS
from framepick.training.config import (
    DistilConfig,
    PairsConfig,
    RankConfig,
    TripletConfig,
    VotesConfig,
)
from framepick.training.loader import Supply, step_chance
from framepick.training.pictures import Rows
from framepick.training.triplets import sample_triplets
from framepick.types import Floats

LossTerms = Mapping[str, tuple[float, Tensor]]
"""Weight and value by name; the weighted sum is brought down."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """One part's share of a step."""

    inputs: list[Tensor]
    """What `Divided.back` takes, M rows each."""
    targets: list[Tensor]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the network makes of the M rows of a part."""

    pooled: Tensor
    """(M, F)"""
    aesthetic: Tensor
    """(M, D)"""

    @property
    def scores(self) -> Tensor:
        """Norms (M,)."""
        return losses.norms(self.aesthetic)


class Objective(Protocol):
    """A part of every step."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of its losses."""
        ...

    def expect(self, step: int) -> None: ...
    def draw(self, step: int) -> Drawn: ...
    def terms(self, seen: Seen, drawn: Drawn) -> LossTerms: ...


@dataclass(frozen=True, slots=True, eq=False)
class RatedPart:
    """Rated pictures to train on."""

    name: str
    scores: Floats
    """(N,) standardised."""
    shares: Floats | None
    """(N, B) of votes."""
    supply: Supply


class Rated:
    """Rank loss and votes on pictures of one set a step, sets taken in proportion to their size."""

    def __init__(
        self,
        parts: Sequence[RatedPart],
        network: Network,
        rank: RankConfig | None,
        votes: VotesConfig | None,
        *,
        batch: int,
        seed: int,
    ) -> None:
        self._parts = [part for part in parts if rank or part.shares is not None]
        self._network, self._rank, self._votes = network, rank, votes
        self._batch, self._seed = batch, seed
        self.names = (*(["rank"] if rank else []), *(["votes"] if votes else []))

    def expect(self, step: int) -> None:
        part, rows, _ = self._choice(step)
        part.supply.expect(rows)

    def draw(self, step: int) -> Drawn:
        part, rows, chance = self._choice(step)
        inputs = part.supply.take(rows, chance)
        targets = [part.scores] if part.shares is None else [part.scores, part.shares]
        return Drawn(inputs, [_tensor(values[rows], inputs[0]) for values in targets])

    def terms(self, seen: Seen, drawn: Drawn) -> LossTerms:
        found: dict[str, tuple[float, Tensor]] = {}
        if self._rank:
            gap = self._rank.least_gap
            loss = losses.rank_loss(seen.scores, drawn.targets[0], least_gap=gap)
            found["rank"] = self._rank.weight, loss
        if self._votes and len(drawn.targets) > 1:
            shares = self._network.vote_shares(seen.aesthetic)
            loss = losses.cumulative_loss(shares, drawn.targets[1])
            found["votes"] = self._votes.weight, loss
        return found

    def _choice(self, step: int) -> tuple[RatedPart, Rows, np.random.Generator]:
        chance = step_chance(self._seed, "rated", step)
        part = _by_size(self._parts, chance)
        return part, _some(len(part.scores), self._batch, chance), chance


class Triplets:
    """The directional triplet loss, on triplets of one set a step."""

    names = ("triplet", "direction")

    def __init__(
        self, parts: Sequence[RatedPart], config: TripletConfig, *, batch: int, seed: int
    ) -> None:
        """Raise ValueError where no triplet of a set fits."""
        self._parts, self._config = parts, config
        self._count, self._seed = batch // 3, seed
        for part in parts:
            self._triplets(part, step_chance(seed, "fits", 0))

    def expect(self, step: int) -> None:
        part, triplets, _ = self._choice(step)
        part.supply.expect(np.unique(triplets))

    def draw(self, step: int) -> Drawn:
        part, triplets, chance = self._choice(step)
        rows, places = np.unique(triplets, return_inverse=True)  # a picture is seen once
        inputs = part.supply.take(rows, chance)
        gain = part.scores[triplets[:, 2]] - part.scores[triplets[:, 0]]
        where = torch.from_numpy(places.reshape(triplets.shape)).to(inputs[0].device)
        return Drawn(inputs, [where, _tensor(gain, inputs[0])])

    def terms(self, seen: Seen, drawn: Drawn) -> LossTerms:
        where, gain = drawn.targets
        anchor, positive, negative = (seen.aesthetic[where[:, side]] for side in range(3))
        near = losses.triplet_loss(anchor, positive, negative, self._config.margin)
        lead = losses.direction_loss(anchor, negative, gain, self._config.norm_margin)
        return {
            "triplet": (self._config.weight, near),
            "direction": (self._config.weight, lead),
        }

    def _choice(self, step: int) -> tuple[RatedPart, Rows, np.random.Generator]:
        chance = step_chance(self._seed, "triplet", step)
        part = _by_size(self._parts, chance)
        return part, self._triplets(part, chance), chance

    def _triplets(self, part: RatedPart, chance: np.random.Generator) -> Rows:
        bounds = {"alpha": self._config.alpha, "beta": self._config.beta}
        return sample_triplets(part.scores, self._count, chance, **bounds)


class Pairs:
    """Sound above faulty, mild above strong, and null pairs even."""

    names = ("pairs", "null")

    def __init__(self, supply: Supply, config: PairsConfig, *, batch: int, seed: int) -> None:
        self._supply, self._config = supply, config
        self._count, self._seed = batch // (GRADES + NULLS), seed

    def expect(self, step: int) -> None:
        self._supply.expect(self._choice(step)[0])

    def draw(self, step: int) -> Drawn:
        return Drawn(self._supply.take(*self._choice(step)), [])

    def terms(self, seen: Seen, drawn: Drawn) -> LossTerms:
        scores = seen.scores.reshape(-1, GRADES + NULLS)  # (n, 6)
        graded = losses.graded_loss(scores[:, :GRADES], margin=self._config.margin)
        null = (scores[:, GRADES] - scores[:, GRADES + 1]).square().mean()
        return {
            "pairs": (self._config.weight, graded),
            "null": (self._config.weight * self._config.null_weight, null),
        }

    def _choice(self, step: int) -> tuple[Rows, np.random.Generator]:
        chance = step_chance(self._seed, "pairs", step)
        return _some(len(self._supply), self._count, chance), chance


class Distil:
    """Teachers' features from the pooled features, by linear heads that are thrown away."""

    def __init__(
        self,
        supply: Supply,
        names: Sequence[str],
        scales: Sequence[tuple[Tensor, Tensor]],
        heads: nn.ModuleList,
        config: DistilConfig,
        *,
        batch: int,
        seed: int,
    ) -> None:
        """`supply` gives the teachers' features last; `scales` are their means and deviations."""
        self.names = tuple(f"distil_{number}_{name}" for number, name in enumerate(names))
        self._supply, self._scales, self._heads, self._config = supply, scales, heads, config
        self._batch, self._seed = batch, seed

    def expect(self, step: int) -> None:
        self._supply.expect(self._choice(step)[0])

    def draw(self, step: int) -> Drawn:
        given = self._supply.take(*self._choice(step))
        return Drawn(given[: -len(self.names)], given[-len(self.names) :])

    def terms(self, seen: Seen, drawn: Drawn) -> LossTerms:
        share, weight = self._config.cosine_share, self._config.weight / len(self.names)
        found = {}
        for name, head, scale, features in zip(
            self.names, self._heads, self._scales, drawn.targets, strict=True
        ):
            wanted = losses.standardise(features, *scale)
            loss = losses.distillation_loss(head(seen.pooled), wanted, cosine_share=share)
            found[name] = weight, loss
        return found

    def _choice(self, step: int) -> tuple[Rows, np.random.Generator]:
        chance = step_chance(self._seed, "distil", step)
        return _some(len(self._supply), self._batch, chance), chance


def _some(count: int, wanted: int, chance: np.random.Generator) -> Rows:
    """Different rows, all where there are no more."""
    return chance.choice(count, min(wanted, count), replace=False)


def _by_size(parts: Sequence[RatedPart], chance: np.random.Generator) -> RatedPart:
    sizes = np.array([len(part.scores) for part in parts], np.float64)
    return parts[int(chance.choice(len(parts), p=sizes / sizes.sum()))]


def _tensor(values: Floats, like: Tensor) -> Tensor:
    return torch.from_numpy(values.astype(np.float32)).to(like.device)
