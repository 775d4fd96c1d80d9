"""The frames that are seen first, spread over the film, from coarse to fine (pure)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framepick.plans.gops import Flags, Gops, Rows
from framepick.types import Floats, Timeline

FIRST_GROUPS = 32
"""Key frames in the first batch: soon there, and spread over the film."""
MOST_GROUPS = 128
"""Key frames in any batch, so that a search can end between batches."""
WALK_SECONDS = 15.0
"""Where key frames are further apart, there are frames between them as well."""
WALK_STEP_SECONDS = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Each group's key frame, and where groups are long some frames that follow it."""

    rows: Rows
    """(n,) group after group, groups spread ever more finely."""
    first: Rows
    """(G + 1,) where the rows of each group begin in `rows`, and their end."""

    @classmethod
    def of(cls, timeline: Timeline, groups: Gops) -> Grid:
        """Lay the grid of a film."""
        times = timeline.times_seconds
        order = _spread(len(groups)).tolist()
        walks = [_walk(times, int(groups.start[at]), int(groups.end[at])) for at in order]
        return cls(np.concatenate(walks), np.cumsum([0, *map(len, walks)]))

    def batch(self, known: Flags, most: float = np.inf) -> Rows:
        """Give the next rows to see, rising: as many groups as were seen, at most `most` rows."""
        missing = np.add.reduceat((~known[self.rows]).astype(np.int64), self.first[:-1])
        left = np.flatnonzero(missing > 0)
        count = int(np.clip(len(missing) - len(left), FIRST_GROUPS, MOST_GROUPS))
        fits = int(np.searchsorted(np.cumsum(missing[left]), most, side="right"))
        left = left[: min(count, fits)]
        if len(left) == 0:
            return left
        rows = self.rows[: self.first[left[-1] + 1]]
        return np.sort(rows[~known[rows]])


def _walk(times: Floats, start: int, end: int) -> Rows:
    if times[end - 1] - times[start] < WALK_SECONDS:
        return np.array([start])
    steps = np.arange(times[start], times[end - 1], WALK_STEP_SECONDS)
    return np.unique(np.searchsorted(times, steps))


def _spread(count: int) -> Rows:
    """0 to `count` - 1, the first few of them spread evenly however few (van der Corput)."""
    bits = max(1, (count - 1).bit_length())
    numbers = np.arange(1 << bits)
    reverse = np.zeros_like(numbers)
    for bit in range(bits):
        reverse |= ((numbers >> bit) & 1) << (bits - 1 - bit)
    return reverse[reverse < count]
