"""What a viewer wants of a film, and what there is to see of it now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from framepick.config import VideoConfig
from framepick.held import EarlierPick
from framepick.results import VideoResult
from framepick.types import VideoInfo

Stage = Literal["opening", "searching", "choosing", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A choice of frames that a viewer asks for."""

    config: VideoConfig = field(default_factory=VideoConfig)
    kept: tuple[EarlierPick, ...] = ()
    """Earlier picks that stay."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """The state of a film for one viewer, replaced as a whole."""

    stage: Stage = "opening"
    version: int = 0
    """Rises with every change."""
    info: VideoInfo | None = None
    done: int = 0
    total: int | None = None
    """Frames searched, and those to be searched where that is known."""
    result: VideoResult | None = None
    """The curve so far, with the picks so far."""
    is_final: bool = False
    """Whether the picks are those of the settings, compared at full size."""
    error: str = ""
    """Why there is no more, '' if nothing is wrong."""

    @property
    def is_busy(self) -> bool:
        """Whether there is more to come."""
        return self.stage not in ("ready", "failed")
