"""Frames beside the picks that an editor may prefer (pure functions).

These are the best frame of each scene, and for each pick the best others of its scene that look
different; where the scene has too few, the best of the scenes that look most alike, and in the end
frames that look the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from framepick.picking.choice import VectorsOf
from framepick.types import Flags, Floats, Rows, ScoreCurve

ALTERNATES = 5
"""Alternates of each pick, where the video has so many."""
APART_SECONDS = 0.5
"""Least time between a pick and its alternates, and between two of these; less where there are
else too few."""
ALIKE = 0.45
"""Cosine distance of content vectors up to which frames of two scenes look alike."""
_MOST_COMPARED = 512
"""Frames of a scene, the best ones, whose content vectors are compared."""


def best_of_scenes(scenes: Rows, smoothed: Floats, eligible: Rows) -> Rows:
    """Give the best of the `eligible` rows (n,) of each scene that has one, in order of time."""
    order = eligible[np.lexsort((eligible, -smoothed[eligible], scenes[eligible]))]
    best: Rows = order[np.diff(scenes[order], prepend=-1) != 0]
    return best


@dataclass(frozen=True, slots=True, eq=False)
class Alternates:
    """Finds alternates of picks, none of them among the picks or close to one."""

    picked: Sequence[int]
    """Rows of the picks."""
    curve: ScoreCurve
    scenes: Rows
    """(T,) number of the scene of each row."""
    eligible: Rows
    """(n,) rows without a veto, rising."""
    vectors_of: VectorsOf
    duplicate_distance: float
    """Cosine distance of content vectors under which frames look the same."""

    def of(self, pick: int) -> list[int]:
        """Give up to `ALTERNATES` rows that could stand for the row `pick`, the best first."""
        found: list[int] = []
        for rows, apart_seconds in self._in_turn(pick):
            for row in rows:
                if len(found) == ALTERNATES:
                    return found
                if self._is_apart(row, found, apart_seconds):
                    found.append(row)
        return found

    def _in_turn(self, pick: int) -> Iterator[tuple[Sequence[int], float]]:
        """Give rows to take from, best first, and the least time between two of them."""
        rows = self.eligible[self.scenes[self.eligible] == self.scenes[pick]]
        rows = rows[np.argsort(-self.curve.smoothed[rows], kind="stable")]
        yield self._different(pick, rows[:_MOST_COMPARED]), APART_SECONDS
        yield self._most_alike(pick), APART_SECONDS
        for share in (1, 2, 4):
            yield rows.tolist(), APART_SECONDS / share

    def _different(self, pick: int, rows: Rows) -> list[int]:
        """Give those of `rows` that look different from all before them and from `pick`."""
        vectors, times = self.vectors_of(rows), self.curve.times_seconds
        shown = self.vectors_of(np.array([pick], np.int64))
        left = _are_apart(times[rows], times[list(self.picked)], APART_SECONDS)
        left &= 1.0 - vectors @ shown[0] >= self.duplicate_distance
        found: list[int] = []
        while left.any() and len(found) < ALTERNATES:
            first = int(np.argmax(left))
            found.append(int(rows[first]))
            left = left & (1.0 - vectors @ vectors[first] >= self.duplicate_distance)
            left &= np.abs(times[rows] - times[rows[first]]) >= APART_SECONDS
        return found

    def _most_alike(self, pick: int) -> list[int]:
        """Give the best rows of other scenes that look like `pick`, the most alike first."""
        best = best_of_scenes(self.scenes, self.curve.smoothed, self.eligible)
        best = best[~np.isin(self.scenes[best], self.scenes[list(self.picked)])]
        shown = self.vectors_of(np.array([pick], np.int64))[0]
        distances = 1.0 - self.vectors_of(best) @ shown
        alike = distances <= ALIKE
        order = np.argsort(distances[alike], kind="stable")
        nearest: list[int] = best[alike][order].tolist()
        return nearest

    def _is_apart(self, row: int, found: Sequence[int], seconds: float) -> bool:
        times = self.curve.times_seconds
        taken = times[[*self.picked, *found]]
        return bool((np.abs(taken - times[row]) >= seconds).all())


def _are_apart(times: Floats, taken: Floats, seconds: float) -> Flags:
    apart = np.abs(times[:, None] - taken[None])
    return np.asarray((apart >= seconds).all(axis=1), np.bool_)
