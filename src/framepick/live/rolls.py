"""How much of the recent past belongs to a moment."""

from __future__ import annotations

from dataclasses import dataclass

from framepick.live.filtering import LAG_SECONDS

NEAR_SECONDS = 1.2
"""What refining needs before a peak."""
SLACK_SECONDS = 2.0
"""Kept beyond what is needed: a decision takes its time."""


@dataclass(frozen=True, slots=True)
class Rolls:
    """What is kept of the recent past around a moment, in seconds."""

    pre_seconds: float = 3.0
    post_seconds: float = 1.0

    @property
    def ring_seconds(self) -> float:
        """The recent past that has to be kept at any time."""
        before = max(self.pre_seconds, NEAR_SECONDS)
        return before + self.post_seconds + LAG_SECONDS + SLACK_SECONDS
