"""Rates and delays of a live session."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from framepick.sources.live import LiveFrame

RATE_SECONDS = 2.0
"""The recent past that rates are taken from."""


@dataclass(slots=True, eq=False)
class Figures:
    """Rates and delays, over the last seconds."""

    scored: deque[float] = field(default_factory=deque)
    came: deque[tuple[float, int]] = field(default_factory=deque)
    dropped: int = 0
    age_seconds: float = 0.0
    last_came: int = 0

    def add(self, frame: LiveFrame, now: float) -> None:
        """Take in a frame that was scored now."""
        self.age_seconds = now - frame.arrived_seconds
        step = frame.came - self.last_came
        self.dropped += max(step - 1, 0)
        self.last_came = frame.came
        self.scored.append(now)
        self.came.append((now, frame.came))
        while self.scored[0] < now - RATE_SECONDS:
            self.scored.popleft()
        while self.came[0][0] < now - RATE_SECONDS:
            self.came.popleft()

    def reopened(self) -> None:
        """Count anew: the source was opened again."""
        self.last_came = 0
        self.came.clear()

    @property
    def rate(self) -> float:
        """Frames scored a second."""
        return _rate(len(self.scored) - 1, self.scored[-1] - self.scored[0] if self.scored else 0)

    @property
    def came_rate(self) -> float:
        """Pictures that came a second."""
        if not self.came:
            return 0.0
        return _rate(self.came[-1][1] - self.came[0][1], self.came[-1][0] - self.came[0][0])


def _rate(count: int, seconds: float) -> float:
    return count / seconds if seconds > 0 and count > 0 else 0.0
