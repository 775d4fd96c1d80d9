"""What a viewer wants of a film, and what there is to see of it now."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from framepick.config import VideoConfig
from framepick.held import EarlierPick
from framepick.results import VideoResult
from framepick.session import Session
from framepick.taste.taste import Taste
from framepick.types import VideoInfo

Stage = Literal["opening", "searching", "choosing", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class ChosenTaste:
    """A taste that a viewer chose."""

    path: Path
    taste: Taste = field(compare=False)
    digest: str
    """Hash of its content."""

    @property
    def name(self) -> str:
        """What the user calls it."""
        return self.taste.card.name


@dataclass(frozen=True, slots=True)
class Wanted:
    """A choice of frames that a viewer asks for."""

    config: VideoConfig = field(default_factory=VideoConfig)
    kept: tuple[EarlierPick, ...] = ()
    """Earlier picks that stay."""
    taste: ChosenTaste | None = None
    """What moves the scores; `config` names it, if it does."""

    def apply(self, session: Session) -> None:
        """Let the choices of a session be those of this viewer from now on."""
        session.keep(self.kept)
        session.use_taste(self.taste.taste if self.taste else None)


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
