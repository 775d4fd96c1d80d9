"""What a policy asks for, and what every policy does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Protocol

from framepick.live.observation import Settled
from framepick.reasons import ReasonCode
from framepick.types import Moment

REACH_SECONDS = 0.5
"""Farthest that a kept frame lies from its moment, if nothing else is said."""
_keys = count()


def new_key() -> int:
    """Give a number that no moment has yet."""
    return next(_keys)


@dataclass(frozen=True, slots=True)
class Propose:
    """Hold on to what is around a moment, before the recent past is gone: it may be kept."""

    key: int
    moment: Moment


@dataclass(frozen=True, slots=True)
class Keep:
    """Save a moment; one that was not proposed is held on to now."""

    key: int
    moment: Moment
    score: float
    """Score that it was chosen by."""
    why: ReasonCode
    is_exact: bool = False
    """Whether this very frame is wanted, and not the best one near it."""
    reach_seconds: float = REACH_SECONDS
    """Farthest that the frame may lie from the moment."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Let go of a moment that was proposed or kept."""

    key: int


Action = Propose | Keep | Drop


class Policy(Protocol):
    """Decides which moments are kept. Times are seconds of the session."""

    def update(self, settled: Sequence[Settled], now_seconds: float) -> list[Action]:
        """Take in frames, in order of time; give what is to be done now."""
        ...

    def press(self, moment: Moment, score: float) -> list[Action]:
        """Take in that the user pressed the key while a frame was shown."""
        ...

    def finish(self) -> list[Action]:
        """Give what is to be done at the end of the session."""
        ...
