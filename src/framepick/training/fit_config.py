"""What a fit is told: the [fit] table, and which networks it goes with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from framepick.distortions.kinds import VIEW_SIDE
from framepick.model.heads import (
    APPEAL_TEMPERATURES,
)
from framepick.training.beauty import BeautyRules
from framepick.training.config import TrainConfig
from framepick.training.fault_head import FindingRules
from framepick.training.records import Place, read_record, within


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
