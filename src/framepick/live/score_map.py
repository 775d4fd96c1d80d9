"""Scores by where the camera looked, averaged over all that was seen of a place (pure)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framepick.live.motion import Position
from framepick.types import Floats, Vectors

CELL = 0.02
"""Side of a cell, in shares of the picture's width and height."""
REACH = 0.06
"""Standard deviation of the weight by which scores near a position tell of it, in such shares."""
MOST_CELLS = 400


@dataclass(frozen=True, slots=True)
class View:
    """What the camera saw of one position."""

    seconds: float
    """When it was seen best, from the start of the session."""
    position: Position
    score: float
    """Score expected there, from all frames around."""
    content: Vectors
    """(C,) of that moment."""


@dataclass(slots=True, eq=False)
class _Cell:
    position: Position
    seconds: float
    best: float
    content: Vectors
    total: float = 0.0
    count: int = 0

    def add(self, seconds: float, position: Position, score: float, content: Vectors) -> None:
        self.total, self.count = self.total + score, self.count + 1
        if score >= self.best:
            self.best, self.seconds = score, seconds
            self.position, self.content = position, content


class ScoreMap:
    """What is known of the scores of all positions; the memory is that of `MOST_CELLS` cells."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int, int], _Cell] = {}

    def add(self, seconds: float, position: Position, score: float, content: Vectors) -> None:
        """Take in a score, and drop what is worst if there is too much."""
        key = position.place, round(position.x / CELL), round(position.y / CELL)
        if key not in self._cells and len(self._cells) >= MOST_CELLS:
            keys, scores = list(self._cells), self._expected()
            del self._cells[keys[int(np.argmin(scores))]]
        cell = self._cells.setdefault(key, _Cell(position, seconds, score, content))
        cell.add(seconds, position, score, content)

    def views(self) -> list[View]:
        """Give the views of all cells, the best first."""
        found = zip(self._cells.values(), self._expected().tolist(), strict=True)
        views = [View(cell.seconds, cell.position, score, cell.content) for cell, score in found]
        return sorted(views, key=lambda view: -view.score)

    def _expected(self) -> Floats:
        """Score expected at each cell, (N,): the mean of those near it, by weight."""
        cells = list(self._cells.values())
        at = np.array([(one.position.x, one.position.y) for one in cells])
        place = np.array([one.position.place for one in cells])
        squares = ((at[:, None] - at[None]) ** 2).sum(axis=-1)
        weights = np.exp(-squares / (2 * REACH**2)) * (place[:, None] == place[None])
        totals = np.array([one.total for one in cells])
        counts = np.array([one.count for one in cells], np.float64)
        expected: Floats = (weights @ totals) / (weights @ counts)
        return expected
