"""The best handy shot: sweep over a scene, go back to the best view, hold still (pure).

Scores are noisy, and a filter over time tells of a view only after it has passed. So they are also
averaged by where the camera looked: the best view is the position with the highest score expected
from all frames around it, whenever they came.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Literal

from framepick.live.motion import Position, Tracker
from framepick.live.score_map import ScoreMap, View
from framepick.shape_repr import ShapeRepr
from framepick.types import Pixels, Vectors

NEAR = 0.05
"""Distance up to which a view counts as the best one, in shares of the picture's width."""
CERTAIN = 3.0
"""Standard deviations by which levels differ significantly."""
LEAST_SWEEP = 0.2
"""Way that the camera has to go before standing still ends a sweep, in shares of the width."""
STILL_SECONDS = 1.0
STILL = 0.03
"""Most that a camera moves that is held still for `STILL_SECONDS`, in shares of the width."""
APART = 0.25
"""Least distance between the views of a result, in shares of the width."""
DUPLICATE_DISTANCE = 0.02
"""Cosine distance of contents under which views of unrelated positions look the same."""

SweepState = Literal["sweep on", "go back", "hold still", "done"]
"""What the user should do; done: the sweep is over."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SweepFrame(ShapeRepr):
    """One scored frame."""

    seconds: float
    view: Pixels
    """(S, S, 3) uint8 RGB."""
    content: Vectors
    """(C,) float32 of length 1."""
    score: float
    """Raw score; not used where vetoed."""
    level: float
    """Score that the Kalman filter expects from all frames so far; NaN while there is none."""
    variance: float
    """Variance of `level`."""
    is_vetoed: bool = False


@dataclass(frozen=True, slots=True)
class Guidance:
    """What a sweep tells its user."""

    state: SweepState
    dx: float | None = None
    dy: float | None = None
    """Arrow to the best view so far, in shares of the picture's width and height, right and down
    positive; None without an arrow."""

    @property
    def distance(self) -> float | None:
        """Length of the arrow."""
        return None if self.dx is None or self.dy is None else math.hypot(self.dx, self.dy)


@dataclass(frozen=True, slots=True)
class _Level:
    mean: float
    variance: float

    def is_above(self, other: _Level) -> bool:
        spread = math.sqrt(self.variance + other.variance)
        return self.mean - other.mean > CERTAIN * spread


class Sweep:
    """Follows one sweep, frame by frame, in flat memory.

    There is no arrow before the filtered score has risen or fallen significantly: before the
    highest and the lowest level differ by `CERTAIN` standard deviations of their difference, by the
    variances that the filter gives. From then on an arrow shows where the best view is, if
    that is more than `NEAR` away and the level now is significantly lower than the highest, or the
    camera stands still; once shown, it stays until the camera is there. Vetoed frames
    show where the camera looks, and are never the best view.
    """

    def __init__(self) -> None:
        self._tracker, self._map = Tracker(), ScoreMap()
        self._recent: deque[tuple[float, Position]] = deque()
        self._highest: _Level | None = None
        self._lowest: _Level | None = None
        self._views: list[View] = []
        self._way = _Way()
        self._has_arrow = False
        self._is_done = False

    def add(self, frame: SweepFrame) -> Guidance:
        """Take in the next frame; times rise. After the end nothing changes any more."""
        if self._is_done:
            return Guidance("done")
        position = self._tracker.add(frame.view)
        self._way.add(position)
        self._remember(frame.seconds, position)
        if not frame.is_vetoed and math.isfinite(frame.score):
            self._map.add(frame.seconds, position, frame.score, frame.content)
            self._views = self._map.views()
        if math.isfinite(frame.level):
            self._compare(_Level(frame.level, frame.variance))
        return self._guide(position, _Level(frame.level, frame.variance))

    def end(self) -> None:
        """End the sweep, because the user or a limit of time says so."""
        self._is_done = True

    @property
    def is_done(self) -> bool:
        return self._is_done

    def result(self) -> list[View]:
        """Give the best view so far and up to two others, the best first.

        They lie `APART` from each other; where the way between them is not known, their contents
        differ.
        """
        chosen: list[View] = []
        for view in self._views:
            if len(chosen) < 3 and all(_differ(view, other) for other in chosen):
                chosen.append(view)
        return chosen

    def _guide(self, position: Position, level: _Level) -> Guidance:
        if not self._views or not self._has_changed():
            return Guidance("sweep on")
        best, is_still = self._views[0].position, self._is_still()
        if position.distance(best) <= NEAR:
            self._has_arrow = False
            self._is_done = is_still and self._way.length >= LEAST_SWEEP
            return Guidance("done" if self._is_done else "hold still")
        is_below = self._highest is not None and self._highest.is_above(level)
        self._has_arrow = self._has_arrow or is_below or is_still
        if not self._has_arrow or position.place != best.place:
            return Guidance("sweep on")
        return Guidance("go back", best.x - position.x, best.y - position.y)

    def _compare(self, level: _Level) -> None:
        if self._highest is None or level.mean > self._highest.mean:
            self._highest = level
        if self._lowest is None or level.mean < self._lowest.mean:
            self._lowest = level

    def _has_changed(self) -> bool:
        highest, lowest = self._highest, self._lowest
        return highest is not None and lowest is not None and highest.is_above(lowest)

    def _remember(self, seconds: float, position: Position) -> None:
        self._recent.append((seconds, position))
        while len(self._recent) > 2 and self._recent[1][0] <= seconds - STILL_SECONDS:
            self._recent.popleft()

    def _is_still(self) -> bool:
        first, last = self._recent[0], self._recent[-1]
        if last[0] - first[0] < STILL_SECONDS:
            return False
        return max(one.distance(last[1]) for _, one in self._recent) <= STILL


@dataclass(slots=True)
class _Way:
    """How far the camera has been from where the sweep began."""

    length: float = 0.0
    start: Position | None = None

    def add(self, position: Position) -> None:
        self.start = self.start or position
        self.length = max(self.length, position.distance(self.start))


def _differ(one: View, other: View) -> bool:
    if one.position.place == other.position.place:
        return one.position.distance(other.position) >= APART
    return 1.0 - float(one.content @ other.content) >= DUPLICATE_DISTANCE
