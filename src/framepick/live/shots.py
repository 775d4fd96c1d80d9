"""Tells, frame by frame, when a camera shows something else: after a cut, or a move."""

from __future__ import annotations

from collections import deque

import numpy as np

from framepick.types import Vectors

CUT_DISTANCE = 0.45
"""Cosine distance of contents of two frames from which they show different things."""
CUT_CHANGE = 0.02
"""Change of luma below which they do not, whatever their contents: noise in the dark."""
MOVE_DISTANCE = 0.6
"""Distance of what is shown now to what the shot began with, from which the camera has moved."""
MOVE_SECONDS = 0.5
"""What is shown now: the mean of so much of the past."""


class ShotWatch:
    """Numbers what a camera shows; causal, with a memory of half a second."""

    def __init__(self) -> None:
        self.shot = 0
        self._recent: deque[tuple[float, Vectors]] = deque()
        self._start: list[Vectors] = []
        self._began_seconds = 0.0

    def add(self, seconds: float, content: Vectors, change: float) -> int:
        """Take in the next frame; give the number of its shot."""
        if self._recent and self._is_cut(content, change):
            self.begin(seconds)
        self._recent.append((seconds, content))
        while self._recent[0][0] < seconds - MOVE_SECONDS:
            self._recent.popleft()
        if seconds - self._began_seconds <= MOVE_SECONDS or not self._start:
            self._start.append(content)
        elif self._has_moved():
            recent = list(self._recent)
            self.begin(seconds)
            self._start = [one for _, one in recent]
        return self.shot

    def begin(self, seconds: float) -> None:
        """Begin another shot: after a cut, or because the source was lost meanwhile."""
        self.shot += 1
        self._recent.clear()
        self._start, self._began_seconds = [], seconds

    def _is_cut(self, content: Vectors, change: float) -> bool:
        distance = 1.0 - float(content @ self._recent[-1][1])
        return distance > CUT_DISTANCE and change > CUT_CHANGE

    def _has_moved(self) -> bool:
        now = _mean([one for _, one in self._recent])
        return 1.0 - float(now @ _mean(self._start)) > MOVE_DISTANCE


def _mean(vectors: list[Vectors]) -> Vectors:
    mean = np.mean(vectors, axis=0)
    direction: Vectors = (mean / max(float(np.linalg.norm(mean)), 1e-6)).astype(np.float32)
    return direction
