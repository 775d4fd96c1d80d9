"""Tells when the pictures of a source that works say nothing: all black, or always the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framepick.live.observation import Observation
from framepick.reasons import ReasonCode
from framepick.types import Pixels

BLACK_SECONDS = 3.0
SAME_SECONDS = 10.0


@dataclass(slots=True, eq=False)
class _Condition:
    """Something that is told once it has lasted, and once it is over."""

    limit_seconds: float
    begun: str
    over: str
    since_seconds: float | None = None
    is_told: bool = False

    def update(self, seconds: float, holds: bool) -> list[str]:
        """Take in whether it holds at a time; give what there is to tell."""
        if not holds:
            told, self.since_seconds, self.is_told = self.is_told, None, False
            return [self.over] if told else []
        self.since_seconds = seconds if self.since_seconds is None else self.since_seconds
        if self.is_told or seconds - self.since_seconds < self.limit_seconds:
            return []
        self.is_told = True
        return [self.begun]


class PictureWatch:
    """Looks at the views of one session, one after the other."""

    def __init__(self) -> None:
        self._view: Pixels | None = None
        self._black = _Condition(
            BLACK_SECONDS,
            "the picture is black; open the lid, or uncover the lens",
            "the picture is not black any more",
        )
        self._same = _Condition(
            SAME_SECONDS,
            f"the picture has not changed at all for {SAME_SECONDS:g} s; the camera may hang",
            "the picture changes again",
        )

    def add(self, one: Observation) -> list[str]:
        """Take in an observation; give what there is to tell of it, one line each."""
        seconds, is_black = one.moment.time_seconds, one.veto is ReasonCode.BLACK
        is_same = self._view is not None and np.array_equal(one.view, self._view)
        self._view = one.view
        said = self._black.update(seconds, is_black)
        return said + self._same.update(seconds, is_same and not is_black)
