"""A film in stretches of some seconds, and what each is worth for what it costs (pure)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framepick.plans.gops import DECODING, SEEKING, Flags, Gops, Rows, frame_rate
from framepick.types import Floats, Timeline

STRETCH_SECONDS = 2.0
"""About the length of the stretches that are looked into one at a time."""
STEP_SECONDS = 0.08
"""Between frames that are scored within a stretch: a score tells of its neighbours too."""


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Where a film is parted; no stretch reaches over the key frame of a group."""

    start: Rows
    end: Rows
    """(M,) first row of each, and the row after its last."""
    lead: Rows
    """(M,) first row of its group."""
    paced: Flags
    """(P,) frames that are scored where a stretch is looked into."""

    @classmethod
    def of(cls, timeline: Timeline, groups: Gops, still: Flags) -> Segments:
        """Part each group evenly; of frames that are `still` (P,), the first tells of all."""
        rate = frame_rate(timeline)
        length = max(2.0, STRETCH_SECONDS * rate)
        parts = [
            np.linspace(start, end, max(1, round((end - start) / length)) + 1)[:-1]
            for start, end in zip(groups.start.tolist(), groups.end.tolist(), strict=True)
        ]
        start = np.unique(np.concatenate(parts).round().astype(np.int64))
        end = np.append(start[1:], len(timeline))
        moved = np.cumsum(~still, dtype=np.int64)
        moved = moved - np.repeat(moved[start], end - start)
        paced = ~still & (moved % max(1, round(STEP_SECONDS * rate)) == 0)
        paced[start] = True
        return cls(start, end, groups.start[groups.number(start)], paced)

    def unseen(self, known: Flags) -> Rows:
        """(M,) frames of each stretch that are to be scored and were not."""
        missing = (self.paced & ~known).astype(np.int64)
        return np.asarray(np.add.reduceat(missing, self.start), np.int64)

    def best(self, gain: Floats, known: Flags, most_cost: float) -> Rows:
        """Give the frames to see next, rising: those that gain most for their cost.

        Whoever decodes a stretch passes all that lies between it and its key frame, and scores
        this too at little cost: so groups are looked into from their start to the end of some
        stretch. `gain` (M,) is what each stretch may bring; at least one group is looked into,
        more while they cost no more than `most_cost`.
        """
        unseen = self.unseen(known)
        gain = np.where(unseen > 0, gain, 0.0)
        decoding = SEEKING + DECODING * (self.end - self.lead)
        costs = decoding + (1 - DECODING) * self._sums(unseen.astype(np.float64))
        worth = np.where(gain > 0, self._sums(gain) / costs, 0.0)
        best = self._best_of_groups(worth)
        count = np.searchsorted(np.cumsum(costs[best]), most_cost, side="right")
        wanted = np.zeros(len(known) + 1, np.int64)
        best = best[: max(1, int(count))]
        wanted[self.lead[best]] += 1
        np.add.at(wanted, self.end[best], -1)
        return np.flatnonzero((np.cumsum(wanted[:-1]) > 0) & self.paced & ~known)

    def _sums(self, values: Floats) -> Floats:
        """(M,) sums of `values` (M,) from the first stretch of the group on."""
        sums = np.cumsum(values)
        before: Floats = sums - values
        return sums - before[np.searchsorted(self.start, self.lead)]

    def _best_of_groups(self, worth: Floats) -> Rows:
        """Stretches that are worth most in their groups, best first; none that is worth nothing."""
        order = np.lexsort((-worth, self.lead))
        best = order[np.diff(self.lead[order], prepend=-1) != 0]
        best = best[worth[best] > 0]
        best = best[np.argsort(-worth[best], kind="stable")]
        return np.asarray(best, np.int64)
