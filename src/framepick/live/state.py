"""What a display shows of a session, at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Literal, Protocol

from framepick.shape_repr import ShapeRepr
from framepick.types import Floats

Command = Literal["press", "stop"]
"""What people may ask for while a session runs."""
Status = Literal["connecting", "watching", "lost", "ended", "closing", "over"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class KeptStill(ShapeRepr):
    """A still that was saved."""

    key: int
    name: str
    """File name in the session's folder."""
    seconds: float
    """When it was shown, from the start of the session."""
    score: float
    percentile: float
    """Among the reference photographs, 0 to 100."""
    rating: int
    """Stars, 1 to 5."""
    reason: str
    """Why, in one line."""
    thumbnail: bytes
    """A small JPEG file."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Guide(ShapeRepr):
    """Where a sweep should go."""

    state: str
    """What to do, in a few words."""
    dx: float | None
    dy: float | None
    """Direction of the arrow in shares of the picture's width and height, right and down positive;
    None without an arrow."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LiveState(ShapeRepr):
    """All that a display shows."""

    source: str
    """Name of the source, without secrets."""
    mode: str
    """What is kept, in one line."""
    status: Status
    message: str
    """The last thing that happened; one line."""
    trouble: str
    """Why nothing comes; nothing while pictures come."""
    retry_seconds: float | None
    """When the source is opened again, from now; None if it is not lost."""
    folder: str
    """Where the session's files are."""
    seconds: float
    """Since the start of the session."""
    width: int
    height: int
    """Size of a still in pixels; 0 before the first picture."""
    picture: bytes
    """The newest picture as a small JPEG file; nothing before the first."""
    times_seconds: Floats
    """(T,) times of the last minute's scores."""
    raw: Floats
    """(T,) scores, NaN where vetoed."""
    level: Floats
    """(T,) filtered scores."""
    score: float
    """Level now; NaN while there is none."""
    percentile: float
    """Of `score` among the reference photographs, 0 to 100; NaN while there is none."""
    veto: str
    """Why the newest picture may not be kept; nothing if it may."""
    kept: Sequence[KeptStill]
    """The last stills that were saved, the newest last."""
    kept_count: int
    """How many stills there are in all."""
    best: KeptStill | None
    """The best of all that were saved."""
    rate: float
    """Frames scored a second."""
    came_rate: float
    """Pictures that came a second."""
    dropped: int
    """Pictures that came and were not scored."""
    age_seconds: float
    """From the arrival of the frame that was scored last to the end of its scoring."""
    ring_bytes: int
    """Bytes of the recent past that are kept."""
    guide: Guide | None
    """Where to sweep; None in other modes."""


class Watched(Protocol):
    """A session, as displays know it: `live.watch.Watch`."""

    commands: SimpleQueue[Command]
    """Takes what people ask for."""

    @property
    def state(self) -> LiveState:
        """The newest state; it may be read from any thread at any time."""

    @property
    def folder(self) -> Path:
        """Where the session's files are."""

    def want_pictures(self) -> None:
        """Ask for small pictures in `state`; a display that shows them asks again and again."""
