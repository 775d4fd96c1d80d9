"""The configuration of a training run: a TOML file, validated before any data are loaded."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from framepick.distortions import KINDS
from framepick.errors import UsageError, reason_of
from framepick.model.backbones import BACKBONES
from framepick.model.card import GRAPH_PRECISIONS, HEADS
from framepick.training.records import Place, read_record, within
from framepick.training.triplets import ALPHA, BETA

SCHEDULES = ("constant", "plateau", "cosine")
_LONGEST_NAME = 200
"""File systems take 255, and files of a run add to it."""
MIN_BATCH = 6
"""Views of one picture in the pair loss: four grades and a null pair."""


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """The network to train."""

    backbone: str = field(metadata=within(words=tuple(sorted(BACKBONES))))
    initial: Path | str = field(metadata=within(words=("imagenet", "random"), is_input=True))
    """A pretrained backbone's file or a checkpoint of ours, or where else its values come from."""
    aesthetic: int = field(metadata=within(least=1, most=1024))
    content: int = field(metadata=within(least=1, most=128))
    head: str = field(default="radial", metadata=within(words=HEADS))
    levels: tuple[int, ...] = field(default=(), metadata=within(least=0))
    """Levels whose statistics the fault head takes; a radial head needs some, a projection none."""
    view: int = field(default=224, metadata=within(least=16, most=1024))
    """Side of the views in pixels."""


@dataclass(frozen=True, slots=True)
class RatingsConfig:
    """A rated set, of any format that `read_ratings` knows."""

    path: Path = field(metadata=within(is_input=True))
    licence: str
    split: str = "train"
    """Rows of this split and of none are used; "" takes all."""
    only_free: bool = True
    """Whether rows whose weights may not be shipped are skipped."""
    name: str = ""
    """For the card, instead of the set's own."""
    pictures: Path | None = field(default=None, metadata=within(is_input=True))
    """Folder of the pictures, where they do not lie beside the table."""
    weight: float = field(default=1.0, metadata=within(above=0.0))
    """Of each rating, relative to those of the first set; by gradient, how often it is drawn."""


@dataclass(frozen=True, slots=True)
class FolderConfig:
    """A folder, or one file, without ratings."""

    path: Path = field(metadata=within(is_input=True))
    licence: str
    name: str = ""
    """For the card, instead of the folder's own."""


@dataclass(frozen=True, slots=True)
class TeacherConfig:
    """A frozen network to learn from: a pretrained backbone's file or a checkpoint of ours."""

    backbone: str = field(metadata=within(words=tuple(sorted(BACKBONES))))
    weights: Path | str = field(metadata=within(words=("imagenet",), is_input=True))
    licence: str


@dataclass(frozen=True, slots=True)
class DataConfig:
    """The training data."""

    ratings: tuple[RatingsConfig, ...] = ()
    photos: tuple[FolderConfig, ...] = ()
    videos: tuple[FolderConfig, ...] = ()
    footage: FolderConfig | None = None
    """Videos with rated frames, as `evaluation.footage` reads them; those of use train count."""
    teachers: tuple[TeacherConfig, ...] = ()
    frames_per_video: int = field(default=24, metadata=within(least=1))


@dataclass(frozen=True, slots=True)
class DescentConfig:
    """Optimisation by gradient descent."""

    steps: int = field(metadata=within(least=1))
    batch: int = field(metadata=within(least=MIN_BATCH))
    """Views of each loss per step, rounded down to whole triplets or graded sets."""
    learning_rate: float = field(metadata=within(above=0.0))
    optimiser: str = field(default="sgd", metadata=within(words=("sgd", "adamw")))
    momentum: float = field(default=0.9, metadata=within(least=0.0, most=0.999))
    """Momentum of SGD."""
    weight_decay: float = field(default=0.0, metadata=within(least=0.0))
    """Weight decay of weights; biases have none."""
    schedule: str = field(default="constant", metadata=within(words=SCHEDULES))
    patience: int = field(default=1000, metadata=within(least=1))
    """Steps without a better mean loss after which `plateau` divides the rate by ten."""
    unfreeze_from: int | str = field(default="none", metadata=within(least=0, words=("none",)))
    """First level of the backbone that is trained; "none" trains heads only."""
    augment: bool = True
    """Whether rated and unlabelled views are flipped, cropped and relit at random."""
    rounds: int = field(default=0, metadata=within(least=0))
    """0 makes new views in each step; above, each picture has this many fixed views, whose
    features by frozen levels and teachers are computed once and kept in `cache`."""
    precision: str = field(default="auto", metadata=within(words=("auto", "fp32", "bf16")))
    held_out_folds: int = field(default=5, metadata=within(least=0))
    """One of this many folds, split by theme, is held out for validation; 0 holds out none."""
    measure_every: int = field(default=500, metadata=within(least=1))
    checkpoint_every: int = field(default=200, metadata=within(least=1))
    """Steps between saved states."""

    def __post_init__(self) -> None:
        if self.held_out_folds == 1:
            raise ValueError("held_out_folds = 1 leaves nothing to train on")


@dataclass(frozen=True, slots=True)
class TripletConfig:
    """`directional_triplet_loss` on triplets of `sample_triplets`."""

    weight: float = field(default=1.0, metadata=within(above=0.0))
    margin: float = field(default=0.2, metadata=within(least=0.0))
    norm_margin: float = field(default=0.2, metadata=within(least=0.0))
    alpha: float = field(default=ALPHA, metadata=within(least=0.0))
    beta: float = field(default=BETA, metadata=within(above=0.0, most=1.0))


@dataclass(frozen=True, slots=True)
class RankConfig:
    """`rank_loss` within a rated set, its scores standardised."""

    weight: float = field(default=1.0, metadata=within(above=0.0))
    least_gap: float = field(default=0.0, metadata=within(least=0.0))


@dataclass(frozen=True, slots=True)
class VotesConfig:
    """`cumulative_loss` of the vote head."""

    weight: float = field(default=1.0, metadata=within(above=0.0))


@dataclass(frozen=True, slots=True)
class PairsConfig:
    """`graded_loss` of distorted copies, and the squared difference of null pairs."""

    weight: float = field(default=1.0, metadata=within(above=0.0))
    null_weight: float = field(default=0.1, metadata=within(least=0.0))
    margin: float = field(default=0.1, metadata=within(least=0.0))
    kinds: tuple[str, ...] = field(default=KINDS, metadata=within(words=KINDS))

    def __post_init__(self) -> None:
        if not self.kinds:
            raise ValueError("kinds names no distortion")


@dataclass(frozen=True, slots=True)
class MomentsConfig:
    """`rank_loss` of the moment axis, between frames of one clip."""

    weight: float = field(default=1.0, metadata=within(above=0.0))
    least_gap: float = field(default=0.5, metadata=within(least=0.0))
    """Frames whose ratings differ by no more are not compared."""
    frames: int = field(default=8, metadata=within(least=2))
    """Frames of each clip in a step."""


@dataclass(frozen=True, slots=True)
class DistilConfig:
    """`distillation_loss` of the features of every teacher."""

    weight: float = field(default=1.0, metadata=within(above=0.0))
    cosine_share: float = field(default=0.5, metadata=within(least=0.0, most=1.0))
    distorted_share: float = field(default=0.5, metadata=within(least=0.0, most=1.0))
    """Share of the views that are distorted."""


@dataclass(frozen=True, slots=True)
class LossesConfig:
    """The losses that are trained on; others are None."""

    triplet: TripletConfig | None = None
    rank: RankConfig | None = None
    votes: VotesConfig | None = None
    pairs: PairsConfig | None = None
    moments: MomentsConfig | None = None
    distil: DistilConfig | None = None


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """A whole run."""

    name: str
    out: Path
    """Folder of the checkpoint, the curves and the state."""
    licence: str
    """Licence of the resulting weights."""
    network: NetworkConfig
    data: DataConfig
    seed: int = field(default=0, metadata=within(least=0))
    device: str = "auto"
    cache: Path | None = None
    """Folder of cached features, cache/ in `out` unless given; several runs may share it."""
    limits: tuple[str, ...] = ()
    """What the weights are known not to do, for the card."""
    graph_precision: str = field(default="float32", metadata=within(words=GRAPH_PRECISIONS))
    """What the convolutions of the OpenVINO graph beside the weights compute in."""
    origin: str = ""
    """Where the initial weights come from, for the card, instead of their file's name."""
    descent: DescentConfig | None = None
    losses: LossesConfig = LossesConfig()
    fit: Mapping[str, Any] | None = None
    """As it stands in the file; whoever fits reads it with `read_record`."""

    def __post_init__(self) -> None:
        if not self.name or self.name != Path(self.name).name or self.name.startswith("."):
            raise ValueError(f"name {self.name!r} cannot be the name of a file")
        if not self.name.isprintable() or len(self.name.encode()) > _LONGEST_NAME:
            raise ValueError(f"name must be printable and up to {_LONGEST_NAME} bytes long")
        if self.descent is None and self.fit is None:
            raise ValueError("there is neither [descent] nor [fit], so nothing to do")
        if self.descent is not None and self.fit is not None:
            raise ValueError("[descent] and [fit] go one by one; make two configurations of it")
        if self.descent is not None:
            _check_losses(self)

    @property
    def cache_folder(self) -> Path:
        return self.cache or self.out / "cache"


def read_config(path: Path) -> TrainConfig:
    """Read a run's TOML file; paths in it count from its folder, `~` and `$VARIABLES` are known.

    Raises
    ------
    UsageError
        The file cannot be read, or a key is unknown, missing or wrong; the message names it.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({reason_of(error)}); check the path") from error
    except ValueError as error:
        raise UsageError(f"{path}: is not TOML ({' '.join(str(error).split())})") from error
    return read_record(TrainConfig, table, Place(path))


def _check_losses(config: TrainConfig) -> None:
    """Every loss has its data; ValueError says what is missing."""
    losses, data = config.losses, config.data
    wanted = {
        "triplet": ("data.ratings", losses.triplet, data.ratings),
        "rank": ("data.ratings", losses.rank, data.ratings),
        "votes": ("data.ratings", losses.votes, data.ratings),
        "pairs": ("data.photos", losses.pairs, data.photos),
        "moments": ("data.footage", losses.moments, data.footage),
        "distil": ("data.photos or data.videos", losses.distil, data.photos + data.videos),
    }
    if not any(loss for _, loss, _ in wanted.values()):
        raise ValueError(
            f"there is no loss; add one of {', '.join(f'[losses.{k}]' for k in wanted)}"
        )
    for name, (key, loss, found) in wanted.items():
        if loss and not found:
            raise ValueError(f"[losses.{name}] needs {key}")
    if losses.distil and not data.teachers:
        raise ValueError("[losses.distil] needs data.teachers")
