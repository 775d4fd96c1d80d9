"""An experiment: data, network, objectives and optimiser, made from a configuration."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import torch
from torch import Tensor, nn

from framepick.distortions import KINDS
from framepick.encoding.hardware import Runtime, choose_runtime
from framepick.errors import UsageError
from framepick.model.backbones import build_backbone
from framepick.model.card import Architecture
from framepick.model.networks import Network
from framepick.protocols import Progress
from framepick.training.augment import (
    Augmenter,
    GradedAugmenter,
    PlainAugmenter,
    UnlabelledAugmenter,
)
from framepick.training.clip_frames import ClipFrames
from framepick.training.config import DescentConfig, MomentsConfig, TrainConfig
from framepick.training.datasets import Data, Note, RatedData, load_data
from framepick.training.frozen_split import FrozenSplit, Teacher, initial_network, load_teacher
from framepick.training.loader import CachedLoader, FrozenEncoder, Loader, OnlineLoader, step_rng
from framepick.training.objectives import (
    DistillationObjective,
    MomentObjective,
    Objective,
    PairObjective,
    RatedLoader,
    RatingObjective,
    TripletObjective,
)
from framepick.training.pictures import Pictures
from framepick.training.state import TrainingState

SCALE_VIEWS = 256
"""Views from which the mean and deviation of a teacher's features are estimated."""


@dataclass(frozen=True, slots=True, eq=False)
class Experiment:
    """Everything that the steps of a training run need."""

    config: TrainConfig
    descent: DescentConfig
    data: Data
    architecture: Architecture
    vote_values: tuple[float, ...]
    split: FrozenSplit
    objectives: tuple[Objective, ...]
    state: TrainingState
    identity: str
    """A hash of all settings and data that change the result; a saved state must match it."""
    device: torch.device

    @property
    def loss_names(self) -> tuple[str, ...]:
        return tuple(chain.from_iterable(one.names for one in self.objectives))


def set_up(
    config: TrainConfig, descent: DescentConfig, progress: Progress, note: Note
) -> Experiment:
    """Load data and networks, and compute the cached features.

    Raises
    ------
    UsageError
        The configuration does not fit its data or its network.
    SourceError, WeightsError, OutputError
        Data or weights cannot be read, the cache cannot be written.
    """
    runtime = choose_runtime(config.device)
    precision = precision_of(descent, runtime)
    data = load_data(config, runtime.device, progress, note)
    try:
        values = _vote_values(config, data)
        _check_content(config, data)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            architecture, network = _network(config, len(values))
            network.to(runtime.device).to(memory_format=torch.channels_last)
            boundary = boundary_of(config, descent, len(network.backbone.widths))
            split = FrozenSplit(network, boundary, precision)
            asked = config.data.teachers if config.losses.distil else ()
            teachers = [load_teacher(one, precision) for one in asked]
            heads = nn.ModuleList(
                nn.Linear(split.network.backbone.widths[-1], one.width) for one in teachers
            ).to(runtime.device)
        builder = _Builder(config, descent, data, split, progress)
        objectives = tuple(builder.objectives(teachers, heads))
    except BaseException:
        data.close()
        raise
    parts = nn.ModuleDict({"network": split.network, "heads": heads})
    trained = [*split.trained(), *heads.parameters()]
    state = TrainingState(parts, _optimiser(descent, trained))
    identity = _identity(config, data, split)
    device = runtime.device
    return Experiment(
        config, descent, data, architecture, values, split, objectives, state, identity, device
    )


def boundary_of(config: TrainConfig, descent: DescentConfig, levels: int) -> int:
    """Return the number of frozen levels; UsageError where `unfreeze_from` is beyond the last."""
    first = descent.unfreeze_from
    if isinstance(first, str):
        return levels
    if first >= levels:
        raise UsageError(
            f"descent.unfreeze_from = {first}: {config.network.backbone} has levels 0 to "
            f'{levels - 1}; choose one, or "none"'
        )
    return first


def precision_of(descent: DescentConfig, runtime: Runtime) -> torch.dtype:
    """Return the precision of convolutions: by default bf16 on a GPU that has it, else fp32."""
    if descent.precision == "auto":
        return runtime.precision if runtime.device.type == "cuda" else torch.float32
    return torch.bfloat16 if descent.precision == "bf16" else torch.float32


def _network(config: TrainConfig, votes: int) -> tuple[Architecture, Network]:
    try:
        architecture = _architecture(config, votes)
        return architecture, initial_network(config.network, architecture)
    except ValueError as error:
        raise UsageError(f"[network] is wrong: {error}; correct it") from error


def _architecture(config: TrainConfig, votes: int) -> Architecture:
    asked = config.network
    width = build_backbone(asked.backbone).widths[-1]
    if asked.content > width:
        raise ValueError(f"content must not be above {width}, the channels of {asked.backbone}")
    return Architecture(
        backbone=asked.backbone,
        levels=asked.levels,
        faults=len(KINDS) if asked.head == "radial" else 0,
        aesthetic=asked.aesthetic,
        content=asked.content,
        head=asked.head,
        votes=votes,
        moment=config.losses.moments is not None,
    )


def _check_content(config: TrainConfig, data: Data) -> None:
    """Raise UsageError where there are too few pictures to fit the content projection on."""
    pictures = data.unlabelled or data.photos
    count = sum(len(one.rows) for one in data.rated) or (len(pictures) if pictures else 0)
    if count < config.network.content:
        raise UsageError(
            f"network.content = {config.network.content} needs as many pictures to train on, "
            f"and there are {count}; lower it or add pictures"
        )


def _vote_values(config: TrainConfig, data: Data) -> tuple[float, ...]:
    """Return the rating that each vote bin stands for; nothing where votes are not trained on."""
    if not config.losses.votes:
        return ()
    found = {
        tuple(one.rated.vote_values.tolist())
        for one in data.rated
        if one.rated.vote_values is not None
    }
    if len(found) != 1:
        what = "no rated set has votes" if not found else "the rated sets were voted on differently"
        raise UsageError(f"[losses.votes] cannot be used: {what}; remove it or change data.ratings")
    return found.pop()


class _Builder:
    """Builds the objectives of an experiment, each with its loader."""

    def __init__(
        self,
        config: TrainConfig,
        descent: DescentConfig,
        data: Data,
        split: FrozenSplit,
        progress: Progress,
    ) -> None:
        self._config, self._descent, self._data = config, descent, data
        self._split, self._progress = split, progress
        outputs = len(split.run_frozen(_blank(config, split)))
        self._frozen = FrozenEncoder(split.key, outputs, split.run_frozen)

    def objectives(self, teachers: Sequence[Teacher], heads: nn.ModuleList) -> list[Objective]:
        losses, seed, batch = self._config.losses, self._config.seed, self._descent.batch
        found: list[Objective] = []
        parts = [
            self._part(one, source.weight)
            for one, source in zip(self._data.rated, self._config.data.ratings, strict=False)
        ]
        if losses.rank or losses.votes:
            network = self._split.network
            found.append(
                RatingObjective(
                    parts, network, losses.rank, losses.votes, batch_size=batch, seed=seed
                )
            )
        if losses.triplet:
            try:
                found.append(TripletObjective(parts, losses.triplet, batch_size=batch, seed=seed))
            except ValueError as error:
                raise UsageError(f"[losses.triplet] cannot be used: {error}") from error
        view = self._config.network.view
        if losses.pairs and self._data.photos is not None:
            loader = self._loader(GradedAugmenter(self._data.photos, view, losses.pairs.kinds), [])
            found.append(PairObjective(loader, losses.pairs, batch_size=batch, seed=seed))
        if losses.moments and self._data.footage is not None:
            found.append(self._moments(self._data.footage.training, losses.moments))
        if losses.distil and self._data.unlabelled is not None:
            found.append(self._distil(self._data.unlabelled, teachers, heads))
        return found

    def _part(self, one: RatedData, weight: float) -> RatedLoader:
        loader = self._plain_loader(one.training)
        return RatedLoader(one.rated.name, one.scores, one.shares, loader, weight)

    def _plain_loader(self, pictures: Pictures) -> Loader:
        view = self._config.network.view
        return self._loader(PlainAugmenter(pictures, view, self._descent.augment), [])

    def _moments(self, frames: ClipFrames, config: MomentsConfig) -> MomentObjective:
        return MomentObjective(
            self._plain_loader(frames.pictures),
            frames.ratings,
            frames.rows,
            config,
            batch_size=self._descent.batch,
            seed=self._config.seed,
        )

    def _distil(
        self, pictures: Pictures, teachers: Sequence[Teacher], heads: nn.ModuleList
    ) -> DistillationObjective:
        config, view = self._config.losses.distil, self._config.network.view
        if config is None:
            raise ValueError("there is nothing to distil")
        augmenter = UnlabelledAugmenter(
            pictures, view, self._descent.augment, config.distorted_share, KINDS
        )
        loader = self._loader(augmenter, teachers)
        seed, batch = self._config.seed, self._descent.batch
        scales = _scales(loader, len(teachers), batch, seed)
        names = [teacher.name for teacher in teachers]
        return DistillationObjective(
            loader, names, scales, heads, config, batch_size=batch, seed=seed
        )

    def _loader(self, augmenter: Augmenter, teachers: Sequence[Teacher]) -> Loader:
        device = augmenter.pictures.device
        encoders = [self._frozen]
        encoders += [FrozenEncoder(t.key, 1, t.to(device).features) for t in teachers]
        if not self._descent.rounds:
            return OnlineLoader(augmenter, encoders)
        folder = self._config.cache_folder
        cached = CachedLoader(augmenter, encoders, self._descent.rounds, self._config.seed, folder)
        cached.prepare(self._progress)
        return cached


def _scales(loader: Loader, teachers: int, batch: int, seed: int) -> list[tuple[Tensor, Tensor]]:
    """Estimate mean and deviation (F,) of the features of each teacher."""
    rng = step_rng(seed, "scale", 0)
    rows = rng.choice(len(loader), min(SCALE_VIEWS, len(loader)), replace=False)
    parts = [loader.load(rows[s : s + batch], rng)[-teachers:] for s in range(0, len(rows), batch)]
    columns = [torch.cat(column) for column in zip(*parts, strict=True)]
    return [(column.mean(dim=0), column.std(dim=0, correction=0)) for column in columns]


def _optimiser(descent: DescentConfig, trained: Sequence[Tensor]) -> torch.optim.Optimizer:
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": descent.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if descent.optimiser == "adamw":
        return torch.optim.AdamW(groups, lr=descent.learning_rate)
    return torch.optim.SGD(groups, lr=descent.learning_rate, momentum=descent.momentum)


def _identity(config: TrainConfig, data: Data, split: FrozenSplit) -> str:
    descent = config.descent and replace(config.descent, checkpoint_every=1)
    same = replace(config, out=Path(), cache=None, descent=descent, fit=None, limits=())
    pictures = [one.training.digest + one.held_out.digest for one in data.rated]
    pictures += [p.digest for p in (data.photos, data.held_out_photos, data.unlabelled) if p]
    if data.footage is not None:
        parts = (data.footage.training, data.footage.held_out)
        pictures += [part.pictures.digest for part in parts if part is not None]
    return hashlib.sha256(repr((same, pictures)).encode()).hexdigest()


def _blank(config: TrainConfig, split: FrozenSplit) -> Tensor:
    side = config.network.view
    device = split.network.pixel_scale.device
    return torch.zeros(1, side, side, 3, dtype=torch.uint8, device=device)
