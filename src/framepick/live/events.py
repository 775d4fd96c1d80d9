"""What happens in a session, for people, programs and commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

EventKind = Literal[
    "opened", "kept", "dropped", "missed", "lost", "ended", "warning", "guidance", "closed"
]
"""opened: the source gives pictures; kept: a still was saved; dropped: a better one took its place;
missed: a moment could not be saved; lost: the source gives nothing; ended: nor will it; warning;
guidance: the sweep has something to say; closed: the session is over, its files are complete."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened."""

    kind: EventKind
    seconds: float
    """When, from the start of the session."""
    text: str
    """One line for people."""
    values: Mapping[str, str | float | int | bool | None] = field(default_factory=dict)
    """What programs want to know of it."""


Tell = Callable[[Event], None]
