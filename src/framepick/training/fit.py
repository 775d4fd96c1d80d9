"""The radial head, fitted on what a frozen backbone says of pictures.

Beauty is ridge regression on rated pictures, faults are found by a small network that learns from
copies; both take seconds once the backbone has been asked, so that ideas are cheap to try. How
good an idea is, cross-validation grouped by theme tells.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from framepick.encoding.hardware import choose_runtime
from framepick.errors import SourceError, UsageError
from framepick.evaluation.crossval import Rows
from framepick.evaluation.scores import readable
from framepick.faults import KINDS, PICTURE_SIDE
from framepick.faults.kinds import VIEW_SIDE
from framepick.model.card import Architecture
from framepick.model.heads import (
    APPEAL_TEMPERATURES,
    ClassAppeal,
    RadialHead,
    principal_projection,
)
from framepick.model.networks import Network
from framepick.model.pretrained import load_backbone
from framepick.ratings import RatedSet, read_ratings, theme_folds
from framepick.sources.photos import find_photos
from framepick.training.beauty import Beauty, BeautyDesk, BeautyRules, Scale
from framepick.training.config import RatingsConfig, TrainConfig
from framepick.training.datasets import Note
from framepick.training.divided import first_network
from framepick.training.finding import Finder, FindingRules, Lessons, deductions, train_finder
from framepick.training.losses import cumulative_loss
from framepick.training.pictures import Loaded, Tell, load_pictures, photo_items
from framepick.training.records import Place, read_record, within
from framepick.training.seen import Copies, Observer, Seen
from framepick.types import Floats

VOTE_STEPS = 200
"""Of L-BFGS; it stops by itself long before."""
VOTE_PENALTY = 1e-3


@dataclass(frozen=True, slots=True)
class FitConfig:
    """The [fit] table: what is looked at, and how beauty and faults are fitted."""

    appeal: Path = field(metadata=within(is_input=True))
    """Table class,name,appeal with a row for each class of the pretrained classifier."""
    filters: tuple[int, ...] = field(metadata=within(least=0))
    """Blocks whose filters' responses tell faults."""
    penalty: float = field(metadata=within(above=0.0))
    texture_share: float = field(default=0.8, metadata=within(least=0.0))
    appeal_share: float = field(default=8.0, metadata=within(least=0.0))
    temperatures: tuple[float, ...] = field(default=(1.0, 4.0), metadata=within(above=0.0))
    invariance: float = field(default=300.0, metadata=within(least=0.0))
    hidden: int = field(default=128, metadata=within(least=1, most=4096))
    epochs: int = field(default=10, metadata=within(least=1))
    batch: int = field(default=256, metadata=within(least=4))
    learning_rate: float = field(default=2e-3, metadata=within(above=0.0))
    weight_decay: float = field(default=0.05, metadata=within(least=0.0))
    dropout: float = field(default=0.5, metadata=within(least=0.0, most=0.95))
    grain: float = field(default=0.2, metadata=within(least=0.0))
    margin: float = field(default=0.15, metadata=within(least=0.0))
    calm: float = field(default=1.0, metadata=within(least=0.0))
    naming: float = field(default=0.3, metadata=within(least=0.0))
    cost: float = field(default=0.3, metadata=within(above=0.0))
    strictness: float = field(default=1.0, metadata=within(above=0.0))
    """By which the cost is multiplied once all is fitted: more pairs won, less beauty."""
    copied_share: float = field(default=0.4, metadata=within(above=0.0, most=1.0))
    """Of pictures that are copied with each kind of fault."""
    rated_repeats: int = field(default=3, metadata=within(least=1))
    """Times that copies of rated pictures count beside those of photos."""
    held_out_folds: int = field(default=5, metadata=within(least=2))
    """A fold in so many of the photos' categories is measured on, never fitted on."""
    rounds: int = field(default=3, metadata=within(least=0))
    """Of cross-validation, each with folds of its own; 0 for none."""

    def __post_init__(self) -> None:
        if len(self.temperatures) != APPEAL_TEMPERATURES:
            raise ValueError(f"temperatures must be {APPEAL_TEMPERATURES} numbers")

    @property
    def beauty_rules(self) -> BeautyRules:
        return BeautyRules(self.penalty, self.texture_share, self.appeal_share, self.invariance)

    @property
    def finding_rules(self) -> FindingRules:
        names = FindingRules.__dataclass_fields__
        return FindingRules(**{name: getattr(self, name) for name in names})


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """The two fitted parts of a score."""

    beauty: Beauty
    finder: Finder
    strictness: float


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """All that is fitted on, described by the frozen network."""

    rated: RatedSet
    """Rows that may be looked at; those that are free may be fitted on."""
    seen: Seen
    """Of the rated pictures, in order."""
    mirrored: Seen
    rated_copies: Copies
    """Of the rated pictures that are free."""
    photos: Seen
    photo_copies: Copies
    held_out: tuple[Path, ...]
    """Photos of categories that nothing was fitted on."""


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


def read_fit_config(config: TrainConfig, path: Path) -> FitConfig:
    """Read the [fit] table of the file `path`; UsageError where it or the rest does not serve."""
    file = Place(path)
    fit = read_record(FitConfig, config.fit, file.of("fit"))
    network, data = file.of("network"), file.of("data")
    if config.network.head != "radial":
        raise network.of("head").error('must be "radial" where there is a [fit]; correct it')
    if config.network.view != VIEW_SIDE:
        raise network.of("view").error(
            f"must be {VIEW_SIDE}, the side of faulty copies; correct it"
        )
    if len(config.data.ratings) != 1:
        raise data.of("ratings").error("must be one set where there is a [fit]; correct it")
    if not config.data.photos:
        raise data.of("photos").error("is missing, and [fit] needs photos; add it")
    return fit


def first_for_fit(config: TrainConfig, fit: FitConfig, votes: int) -> Network:
    """The network that is fitted: a frozen backbone, and a head that knows what classes are worth.

    Raises UsageError where the parts do not fit, WeightsError where weights cannot be read.
    """
    pretrained = load_backbone(config.network.backbone, config.network.initial)
    worth = read_appeal(fit.appeal)
    if pretrained.classifier is None:
        raise UsageError(f"{config.name}: {config.network.initial} has no classifier; take another")
    weight, bias = _classes(pretrained.classifier, len(worth), fit.appeal)
    try:
        architecture = _architecture(config, fit, votes, len(worth))
        network = first_network(config.network, architecture).requires_grad_(False)
    except ValueError as error:
        raise UsageError(f"[network] or fit.filters is wrong: {error}; correct it") from error
    appeal = radial(network).appeal
    assert appeal is not None  # noqa: S101 - the architecture has classes
    appeal.classifier.weight.copy_(weight)
    appeal.classifier.bias.copy_(bias)
    appeal.worth.copy_(torch.tensor(worth))
    appeal.temperatures.copy_(torch.tensor(fit.temperatures))
    return network


def gather(
    config: TrainConfig, fit: FitConfig, network: Network, tell: Tell, note: Note
) -> Material:
    """Read pictures and describe them; what was described before is taken from the cache.

    `note` gets what is passed over. Raises UsageError or SourceError where data do not serve.
    """
    runtime = choose_runtime(config.device)
    source, side = config.data.ratings[0], config.network.view
    observer = Observer(network, runtime, config.cache_folder)

    def load(paths: Sequence[Path], size: int, of: str) -> Loaded:
        loaded = load_pictures(photo_items(paths, size), size, runtime.device, tell)
        if loaded.reasons and size == side:  # each is read in two sizes
            note(f"{of}: passed over: {len(loaded.reasons)}, the first: {loaded.reasons[0]}")
        if not len(loaded.pictures):
            raise SourceError(f"{of}: nothing in it can be read; correct the path")
        return loaded

    rated = _usable(source, note)
    plain = load(rated.paths, side, str(source.path))
    rated = rated.choose(plain.kept)
    free = np.flatnonzero(rated.is_free)
    squares = load([rated.paths[row] for row in free], PICTURE_SIDE, str(source.path))
    copies = observer.faulty(squares.pictures, fit.copied_share, config.seed, tell)
    training, held_out = _divided(config, fit)
    photos = load(training, side, "data.photos")
    photo_squares = load(training, PICTURE_SIDE, "data.photos")
    _check_size(config, len(free) + len(photos.pictures))
    return Material(
        rated=rated,
        seen=observer.plain(plain.pictures),
        mirrored=observer.plain(plain.pictures, is_mirrored=True),
        rated_copies=replace(copies, picture=free[squares.kept][copies.picture]),
        photos=observer.plain(photos.pictures),
        photo_copies=observer.faulty(photo_squares.pictures, fit.copied_share, config.seed, tell),
        held_out=tuple(held_out[row] for row in readable(held_out, note)),
    )


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


def radial(network: Network) -> RadialHead:
    """The network's head; UsageError where it is of another kind."""
    if not isinstance(network.head, RadialHead):
        raise UsageError('only a radial head can be fitted; set network.head = "radial"')
    return network.head


def read_appeal(path: Path) -> list[float]:
    """Appeal of each class, in order; raises UsageError where the table is wrong."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        numbers = [int(row["class"]) for row in rows]
        values = [float(row["appeal"]) for row in rows]
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        reason = " ".join(str(error).split())
        raise UsageError(
            f"{path}: must have columns class,name,appeal ({reason}); correct it"
        ) from error
    if not numbers or numbers != list(range(len(numbers))):
        raise UsageError(f"{path}: must have a row for each class, from 0 on; correct it")
    if not all(map(math.isfinite, values)):
        raise UsageError(f"{path}: appeal must be finite numbers; correct it")
    return values


def _classes(classifier: nn.Linear, count: int, path: Path) -> tuple[Tensor, Tensor]:
    """Weight and bias of the `count` classes; a class for the background before them is left."""
    weight, bias = classifier.weight, classifier.bias
    if len(weight) - count not in (0, 1):
        raise UsageError(f"{path}: has {count} classes, the classifier {len(weight)}; add the rest")
    return weight[-count:], bias[-count:]


def _rest(head: Head, fitter: Fitter) -> Floats:
    """Zeros for the statistics that beauty does not look at."""
    return np.zeros(fitter.material.seen.statistics.shape[1] - len(head.beauty.statistics))


def _fill(layer: nn.Linear, weight: Floats, bias: Floats) -> None:
    layer.weight.copy_(torch.from_numpy(weight))
    layer.bias.copy_(torch.from_numpy(bias))


def _architecture(config: TrainConfig, fit: FitConfig, votes: int, classes: int) -> Architecture:
    return Architecture(
        backbone=config.network.backbone,
        levels=config.network.levels,
        faults=len(KINDS),
        aesthetic=config.network.aesthetic,
        content=config.network.content,
        votes=votes,
        filters=fit.filters,
        hidden=fit.hidden,
        classes=classes,
    )


def _usable(source: RatingsConfig, note: Note) -> RatedSet:
    """Rows that may be looked at; UsageError where none of them may be fitted on."""
    rated = read_ratings(source.path)
    if rated.broken:
        first, count = rated.broken[0], len(rated.broken)
        note(f"{source.path}: rows passed over: {count}, line {first.line}: {first.reason}")
    if source.split:
        rated = rated.choose(np.isin(rated.split, ("", source.split)))
    if not source.only_free:
        rated = replace(rated, is_free=np.ones(len(rated), np.bool_))
    if not rated.is_free.any():
        raise UsageError(
            f"{source.path}: no row is of split {source.split!r} and free to ship; "
            "correct split or set only_free = false"
        )
    return rated


def _divided(config: TrainConfig, fit: FitConfig) -> tuple[list[Path], list[Path]]:
    """Photos to fit on and photos to measure on; no category is in both."""
    paths = find_photos([folder.path for folder in config.data.photos])
    themes = np.array([item.theme for item in photo_items(paths, config.network.view)], np.str_)
    try:
        out = theme_folds(themes, fit.held_out_folds, config.seed) == 0
    except ValueError as error:
        raise UsageError(f"data.photos: {error}; add photos or lower fit.held_out_folds") from error
    return [paths[row] for row in np.flatnonzero(~out)], [paths[row] for row in np.flatnonzero(out)]


def _check_size(config: TrainConfig, pictures: int) -> None:
    """Directions and contents are principal components, which need as many pictures."""
    columns = max(config.network.aesthetic, config.network.content)
    if pictures < columns:
        reason = f"network.aesthetic and content ask for {columns} pictures, there are {pictures}"
        raise UsageError(f"{reason}; lower them or add pictures")
