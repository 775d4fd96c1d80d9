"""What a live session knows of its recent past: the newest frame, the curve, and what moved."""

from __future__ import annotations

from collections import deque

import numpy as np

from framepick.live.observation import Observation
from framepick.live.refining import Motion, small_luma
from framepick.sources.live import LiveFrame
from framepick.types import Floats

CURVE_SECONDS = 60.0
"""How much of the curve displays show."""
MOTION_SECONDS = 2.5
"""How far around a moment motion is compared to find it in another stream."""


class Recent:
    """Takes in scored frames; small luma is kept for `luma_seconds`, views are not."""

    def __init__(self, luma_seconds: float) -> None:
        self._luma_seconds = luma_seconds
        self._curve: deque[tuple[float, float, float]] = deque()
        self._lumas: deque[tuple[float, Floats]] = deque()
        self.latest: Observation | None = None
        """The newest scored frame."""
        self.frame: LiveFrame | None = None
        """The same as it came."""
        self.picture, self.picture_seconds = b"", -np.inf
        """The newest small JPEG file, and when it was taken in."""

    def add(self, frame: LiveFrame, one: Observation, now_seconds: float) -> None:
        """Take in a frame that was scored now."""
        self.latest, self.frame = one, frame
        if frame.preview:
            self.picture, self.picture_seconds = frame.preview, now_seconds
        seconds = one.moment.time_seconds
        self._curve.append((seconds, one.score, one.level))
        while self._curve[0][0] < seconds - CURVE_SECONDS:
            self._curve.popleft()
        if self._luma_seconds:
            self._lumas.append((seconds, small_luma(one.view)))
            while self._lumas[0][0] < seconds - self._luma_seconds:
                self._lumas.popleft()

    def is_new(self, frame: LiveFrame) -> bool:
        """Whether a frame comes after the newest one."""
        latest = self.latest
        return latest is None or frame.frame.moment.time_seconds > latest.moment.time_seconds

    def motion(self, seconds: float) -> Motion | None:
        """Give what moved around a time of the session; None where that is not kept."""
        near = [one for one in self._lumas if abs(one[0] - seconds) <= MOTION_SECONDS]
        if not near:
            return None
        times, lumas = zip(*near, strict=True)
        return Motion(np.array(times), np.stack(lumas))

    @property
    def zero(self) -> float:
        """What to take off of scores that are shown."""
        return self.latest.zero if self.latest else 0.0

    def curve(self) -> tuple[Floats, Floats, Floats]:
        """Give the times (T,) of the last minute, its raw scores and levels, as they are shown."""
        rows = np.array(self._curve, np.float64).reshape(-1, 3)
        return rows[:, 0], rows[:, 1] - self.zero, rows[:, 2] - self.zero
