"""The [fit] table of a configuration, and which networks it goes with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from framepick.distortions import PICTURE_SIDE
from framepick.model.heads import (
    APPEAL_TEMPERATURES,
)
from framepick.training.beauty import BeautyConfig
from framepick.training.config import TrainConfig
from framepick.training.fault_head import FaultHeadConfig
from framepick.training.records import Place, read_record, within


@dataclass(frozen=True, slots=True)
class FitConfig:
    """Hyperparameters of the beauty regression and of the fault head."""

    appeal: Path = field(metadata=within(is_input=True))
    """Table class,name,appeal with a row for each class of the pretrained classifier."""
    filters: tuple[int, ...] = field(metadata=within(least=0))
    """Blocks whose depthwise responses the fault head takes."""
    penalty: float = field(metadata=within(above=0.0))
    moment_penalty: float = field(default=4.0, metadata=within(above=0.0))
    moment_gain: float = field(default=1.0, metadata=within(above=0.0))
    """Scale of the moment axis relative to beauty; ratings of frames run from 1 to 10."""
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
    shrunken_calm: float = field(default=1.0, metadata=within(least=0.0))
    """Weight of agreement between equally small pictures; at 0 no small copies are made."""
    shrunken_step: float = field(default=0.4, metadata=within(least=0.0))
    """Points more, at least, that are deducted at each next smaller size of small copies."""
    naming: float = field(default=0.3, metadata=within(least=0.0))
    cost: float = field(default=0.3, metadata=within(above=0.0))
    strictness: float = field(default=1.0, metadata=within(above=0.0))
    """Factor on the cost after fitting: more pairs won, less agreement with ratings."""
    copied_share: float = field(default=0.4, metadata=within(above=0.0, most=1.0))
    """Share of the pictures that are copied with each kind of distortion."""
    rated_repeats: int = field(default=3, metadata=within(least=1))
    """Weight of copies of rated pictures relative to those of photos."""
    held_out_folds: int = field(default=5, metadata=within(least=2))
    """One of this many folds, split by category, is held out of the photos for evaluation."""
    rounds: int = field(default=3, metadata=within(least=0))
    """Rounds of cross-validation, each with its own folds; 0 for none."""

    def __post_init__(self) -> None:
        if len(self.temperatures) != APPEAL_TEMPERATURES:
            raise ValueError(f"temperatures must be {APPEAL_TEMPERATURES} numbers")

    @property
    def beauty_config(self) -> BeautyConfig:
        return BeautyConfig(self.penalty, self.texture_share, self.appeal_share, self.invariance)

    @property
    def fault_head_config(self) -> FaultHeadConfig:
        names = FaultHeadConfig.__dataclass_fields__
        return FaultHeadConfig(**{name: getattr(self, name) for name in names})


def read_fit_config(config: TrainConfig, path: Path) -> FitConfig:
    """Read the [fit] table of the file `path`; UsageError where it or the rest does not serve."""
    file = Place(path)
    fit = read_record(FitConfig, config.fit, file.of("fit"))
    network, data = file.of("network"), file.of("data")
    if config.network.head != "radial":
        raise network.of("head").error('must be "radial" where there is a [fit]; correct it')
    if config.network.view > PICTURE_SIDE:
        raise network.of("view").error(
            f"must be at most {PICTURE_SIDE}, the side of the pictures that are distorted"
        )
    if not config.data.ratings:
        raise data.of("ratings").error("is missing, and [fit] needs a rated set; add it")
    if not config.data.photos:
        raise data.of("photos").error("is missing, and [fit] needs photos; add it")
    return fit
