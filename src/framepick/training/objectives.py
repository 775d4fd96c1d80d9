"""Training objectives: each samples a batch in every step and computes its losses."""

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
    MomentsConfig,
    PairsConfig,
    RankConfig,
    TripletConfig,
    VotesConfig,
)
from framepick.training.loader import Loader, step_rng
from framepick.training.triplets import sample_triplets
from framepick.types import Floats, Rows

LossTerms = Mapping[str, tuple[float, Tensor]]
"""Weight and value of each loss by name; the weighted sum is minimised."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """One objective's share of a step."""

    inputs: list[Tensor]
    """Inputs of `FrozenSplit.run_trainable`, M rows each."""
    targets: list[Tensor]


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """The network's outputs for the M rows of a batch."""

    pooled: Tensor
    """Pooled features (M, F)."""
    aesthetic: Tensor
    """Aesthetic vectors (M, D)."""
    has_moment: bool = False
    """Whether the last column of the aesthetic vectors is the moment axis."""

    @property
    def beauty(self) -> Tensor:
        """Columns (M, D') of the aesthetic vectors whose norms are the scores."""
        return self.aesthetic[:, :-1] if self.has_moment else self.aesthetic

    @property
    def scores(self) -> Tensor:
        """Scores (M,) of pictures on their own."""
        return losses.norms(self.beauty)

    @property
    def moments(self) -> Tensor:
        """How good moments of their clips (M,) frames are; ValueError without a moment axis."""
        if not self.has_moment:
            raise ValueError("the network has no moment axis; give its architecture one")
        return self.aesthetic[:, -1]


class Objective(Protocol):
    """One objective of a training run, part of every step."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its losses."""
        ...

    def prefetch(self, step: int) -> None: ...
    def sample(self, step: int) -> Batch: ...
    def terms(self, outputs: Outputs, batch: Batch) -> LossTerms: ...


@dataclass(frozen=True, slots=True, eq=False)
class RatedLoader:
    """A rated set to train on, with its loader."""

    name: str
    scores: Floats
    """Standardised scores (N,)."""
    shares: Floats | None
    """Vote shares (N, B), None where the set has no votes."""
    loader: Loader
    weight: float = 1.0
    """How often each picture is drawn, relative to those of other sets."""


class RatingObjective:
    """Rank loss and vote loss; each step samples one set, in proportion to size and weight."""

    def __init__(
        self,
        parts: Sequence[RatedLoader],
        network: Network,
        rank: RankConfig | None,
        votes: VotesConfig | None,
        *,
        batch_size: int,
        seed: int,
    ) -> None:
        self._parts = [part for part in parts if rank or part.shares is not None]
        self._network, self._rank, self._votes = network, rank, votes
        self._batch_size, self._seed = batch_size, seed
        self.names = (*(["rank"] if rank else []), *(["votes"] if votes else []))

    def prefetch(self, step: int) -> None:
        part, rows, _ = self._sample_rows(step)
        part.loader.prefetch(rows)

    def sample(self, step: int) -> Batch:
        part, rows, rng = self._sample_rows(step)
        inputs = part.loader.load(rows, rng)
        targets = [part.scores] if part.shares is None else [part.scores, part.shares]
        return Batch(inputs, [_tensor(values[rows], inputs[0]) for values in targets])

    def terms(self, outputs: Outputs, batch: Batch) -> LossTerms:
        found: dict[str, tuple[float, Tensor]] = {}
        if self._rank:
            gap = self._rank.least_gap
            loss = losses.rank_loss(outputs.scores, batch.targets[0], least_gap=gap)
            found["rank"] = self._rank.weight, loss
        if self._votes and len(batch.targets) > 1:
            shares = self._network.vote_shares(outputs.aesthetic)
            loss = losses.cumulative_loss(shares, batch.targets[1])
            found["votes"] = self._votes.weight, loss
        return found

    def _sample_rows(self, step: int) -> tuple[RatedLoader, Rows, np.random.Generator]:
        rng = step_rng(self._seed, "rated", step)
        part = _sample_set(self._parts, rng)
        return part, _sample(len(part.scores), self._batch_size, rng), rng


class TripletObjective:
    """The directional triplet loss, on triplets of one set per step."""

    names = ("triplet", "direction")

    def __init__(
        self, parts: Sequence[RatedLoader], config: TripletConfig, *, batch_size: int, seed: int
    ) -> None:
        """Raise ValueError where a set has no valid triplet."""
        self._parts, self._config = parts, config
        self._count, self._seed = batch_size // 3, seed
        for part in parts:
            self._triplets(part, step_rng(seed, "fits", 0))

    def prefetch(self, step: int) -> None:
        part, triplets, _ = self._sample_rows(step)
        part.loader.prefetch(np.unique(triplets))

    def sample(self, step: int) -> Batch:
        part, triplets, rng = self._sample_rows(step)
        rows, places = np.unique(triplets, return_inverse=True)  # each picture is encoded once
        inputs = part.loader.load(rows, rng)
        gain = part.scores[triplets[:, 2]] - part.scores[triplets[:, 0]]
        where = torch.from_numpy(places.reshape(triplets.shape)).to(inputs[0].device)
        return Batch(inputs, [where, _tensor(gain, inputs[0])])

    def terms(self, outputs: Outputs, batch: Batch) -> LossTerms:
        where, gain = batch.targets
        anchor, positive, negative = (outputs.beauty[where[:, side]] for side in range(3))
        near = losses.triplet_loss(anchor, positive, negative, self._config.margin)
        lead = losses.direction_loss(anchor, negative, gain, self._config.norm_margin)
        return {
            "triplet": (self._config.weight, near),
            "direction": (self._config.weight, lead),
        }

    def _sample_rows(self, step: int) -> tuple[RatedLoader, Rows, np.random.Generator]:
        rng = step_rng(self._seed, "triplet", step)
        part = _sample_set(self._parts, rng)
        return part, self._triplets(part, rng), rng

    def _triplets(self, part: RatedLoader, rng: np.random.Generator) -> Rows:
        bounds = {"alpha": self._config.alpha, "beta": self._config.beta}
        return sample_triplets(part.scores, self._count, rng, **bounds)


class PairObjective:
    """Ranks less distorted copies above more distorted ones, and null pairs equal."""

    names = ("pairs", "null")

    def __init__(self, loader: Loader, config: PairsConfig, *, batch_size: int, seed: int) -> None:
        self._loader, self._config = loader, config
        self._count, self._seed = batch_size // (GRADES + NULLS), seed

    def prefetch(self, step: int) -> None:
        self._loader.prefetch(self._sample_rows(step)[0])

    def sample(self, step: int) -> Batch:
        return Batch(self._loader.load(*self._sample_rows(step)), [])

    def terms(self, outputs: Outputs, batch: Batch) -> LossTerms:
        scores = outputs.scores.reshape(-1, GRADES + NULLS)  # (n, 6)
        graded = losses.graded_loss(scores[:, :GRADES], margin=self._config.margin)
        null = (scores[:, GRADES] - scores[:, GRADES + 1]).square().mean()
        return {
            "pairs": (self._config.weight, graded),
            "null": (self._config.weight * self._config.null_weight, null),
        }

    def _sample_rows(self, step: int) -> tuple[Rows, np.random.Generator]:
        rng = step_rng(self._seed, "pairs", step)
        return _sample(len(self._loader), self._count, rng), rng


class MomentObjective:
    """Ranks the moments of a few frames of each of some clips; clips are never compared."""

    names = ("moments",)

    def __init__(
        self,
        loader: Loader,
        ratings: Floats,
        rows: Sequence[Rows],
        config: MomentsConfig,
        *,
        batch_size: int,
        seed: int,
    ) -> None:
        """`ratings` (N,) are of the frames that `loader` gives, `rows` those of each clip."""
        self._loader, self._ratings, self._rows, self._config = loader, ratings, rows, config
        self._count, self._seed = max(1, batch_size // config.frames), seed

    def prefetch(self, step: int) -> None:
        self._loader.prefetch(np.concatenate(self._sample_rows(step)[0]))

    def sample(self, step: int) -> Batch:
        parts, rng = self._sample_rows(step)
        rows = np.concatenate(parts)
        clip_of = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        inputs = self._loader.load(rows, rng)
        targets = [_tensor(self._ratings[rows], inputs[0]), _tensor(clip_of, inputs[0])]
        return Batch(inputs, targets)

    def terms(self, outputs: Outputs, batch: Batch) -> LossTerms:
        ratings, clip_of = batch.targets
        gap = self._config.least_gap
        loss = losses.rank_loss(outputs.moments, ratings, least_gap=gap, groups=clip_of)
        return {"moments": (self._config.weight, loss)}

    def _sample_rows(self, step: int) -> tuple[list[Rows], np.random.Generator]:
        """Sample frames of distinct clips."""
        rng = step_rng(self._seed, "moments", step)
        clips = [self._rows[clip] for clip in _sample(len(self._rows), self._count, rng)]
        return [rows[_sample(len(rows), self._config.frames, rng)] for rows in clips], rng


class DistillationObjective:
    """Predicts the teachers' features from pooled features, by linear heads used only here."""

    def __init__(
        self,
        loader: Loader,
        names: Sequence[str],
        scales: Sequence[tuple[Tensor, Tensor]],
        heads: nn.ModuleList,
        config: DistilConfig,
        *,
        batch_size: int,
        seed: int,
    ) -> None:
        """`loader` gives the teachers' features last; `scales` are their means and deviations."""
        self.names = tuple(f"distil_{number}_{name}" for number, name in enumerate(names))
        self._loader, self._scales, self._heads, self._config = loader, scales, heads, config
        self._batch_size, self._seed = batch_size, seed

    def prefetch(self, step: int) -> None:
        self._loader.prefetch(self._sample_rows(step)[0])

    def sample(self, step: int) -> Batch:
        given = self._loader.load(*self._sample_rows(step))
        return Batch(given[: -len(self.names)], given[-len(self.names) :])

    def terms(self, outputs: Outputs, batch: Batch) -> LossTerms:
        share, weight = self._config.cosine_share, self._config.weight / len(self.names)
        found = {}
        for name, head, scale, features in zip(
            self.names, self._heads, self._scales, batch.targets, strict=True
        ):
            wanted = losses.standardise(features, *scale)
            loss = losses.distillation_loss(head(outputs.pooled), wanted, cosine_share=share)
            found[name] = weight, loss
        return found

    def _sample_rows(self, step: int) -> tuple[Rows, np.random.Generator]:
        rng = step_rng(self._seed, "distil", step)
        return _sample(len(self._loader), self._batch_size, rng), rng


def _sample(count: int, wanted: int, rng: np.random.Generator) -> Rows:
    """Sample distinct rows; all of them where there are no more than `wanted`."""
    return rng.choice(count, min(wanted, count), replace=False)


def _sample_set(parts: Sequence[RatedLoader], rng: np.random.Generator) -> RatedLoader:
    sizes = np.array([part.weight * len(part.scores) for part in parts], np.float64)
    return parts[int(rng.choice(len(parts), p=sizes / sizes.sum()))]


def _tensor(values: Floats | Rows, like: Tensor) -> Tensor:
    return torch.from_numpy(values.astype(np.float32)).to(like.device)
