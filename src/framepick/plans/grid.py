"""The frames that are decoded first, spread over the video from coarse to fine (pure)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framepick.plans.gops import Gops
from framepick.types import Flags, Floats, Rows, Timeline

FIRST_GOPS = 32
"""GOPs in the first batch: few, so that it is soon done, and spread over the video."""
MAX_GOPS = 128
"""GOPs in any batch at most, so that the exploration can end between batches."""
LONG_GOP_SECONDS = 15.0
"""Duration from which more frames of a GOP than its key frame belong to the grid."""
LONG_GOP_STEP_SECONDS = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The key frame of each GOP, and of long GOPs a frame every `LONG_GOP_STEP_SECONDS`."""

    rows: Rows
    """(n,) rows in the timeline, GOP after GOP, in an order that spreads them ever more finely."""
    first: Rows
    """(G + 1,) place in `rows` of the first row of each GOP, and the end of the last."""

    @classmethod
    def of(cls, timeline: Timeline, gops: Gops) -> Grid:
        """Make the grid of a video."""
        times = timeline.times_seconds
        order = _spread(len(gops)).tolist()
        rows = [_rows_of_gop(times, int(gops.start[at]), int(gops.end[at])) for at in order]
        return cls(np.concatenate(rows), np.cumsum([0, *map(len, rows)]))

    def batch(self, known: Flags, most: float = np.inf) -> Rows:
        """Give the next rows (n,) to decode, rising, at most `most` of them.

        Each batch holds as many GOPs as are `known` (P,) already, within bounds.
        """
        missing = np.add.reduceat((~known[self.rows]).astype(np.int64), self.first[:-1])
        left = np.flatnonzero(missing > 0)
        count = int(np.clip(len(missing) - len(left), FIRST_GOPS, MAX_GOPS))
        fits = int(np.searchsorted(np.cumsum(missing[left]), most, side="right"))
        left = left[: min(count, fits)]
        if len(left) == 0:
            return left
        rows = self.rows[: self.first[left[-1] + 1]]
        return np.sort(rows[~known[rows]])


def _rows_of_gop(times: Floats, start: int, end: int) -> Rows:
    if times[end - 1] - times[start] < LONG_GOP_SECONDS:
        return np.array([start])
    steps = np.arange(times[start], times[end - 1], LONG_GOP_STEP_SECONDS)
    return np.unique(np.searchsorted(times, steps))


def _spread(count: int) -> Rows:
    """Order 0 to `count` - 1 so that any first few are spread evenly (van der Corput)."""
    bits = max(1, (count - 1).bit_length())
    numbers = np.arange(1 << bits)
    reverse = np.zeros_like(numbers)
    for bit in range(bits):
        reverse |= ((numbers >> bit) & 1) << (bits - 1 - bit)
    return reverse[reverse < count]
