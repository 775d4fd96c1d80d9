"""A video in segments of some seconds, and which of them are worth their cost (pure)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framepick.plans.gops import DECODE_COST, SEEK_COST, Gops, frame_rate
from framepick.types import Flags, Floats, Rows, Timeline

SEGMENT_SECONDS = 2.0
"""Approximate length of a segment."""
SCORED_STEP_SECONDS = 0.08
"""Time between the frames of a segment that are scored: a score tells of its neighbours too."""


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """The segments of a video; none reaches over the start of a GOP."""

    start: Rows
    """(M,) first row of each in the timeline."""
    end: Rows
    """(M,) row after the last of each."""
    gop_start: Rows
    """(M,) first row of the GOP that each lies in."""
    scored: Flags
    """(P,) True for frames that are scored where their segment is decoded."""

    @classmethod
    def of(cls, timeline: Timeline, gops: Gops, static: Flags) -> Segments:
        """Divide each GOP evenly; of a run of `static` (P,) frames only the first is scored."""
        rate = frame_rate(timeline)
        length = max(2.0, SEGMENT_SECONDS * rate)
        parts = [
            np.linspace(start, end, max(1, round((end - start) / length)) + 1)[:-1]
            for start, end in zip(gops.start.tolist(), gops.end.tolist(), strict=True)
        ]
        start = np.unique(np.concatenate(parts).round().astype(np.int64))
        end = np.append(start[1:], len(timeline))
        moved = np.cumsum(~static, dtype=np.int64)
        moved = moved - np.repeat(moved[start], end - start)
        scored = ~static & (moved % max(1, round(SCORED_STEP_SECONDS * rate)) == 0)
        scored[start] = True
        return cls(start, end, gops.start[gops.index_of(start)], scored)

    def unscored(self, known: Flags) -> Rows:
        """Count the frames (M,) of each segment that are to be scored and are not `known` (P,)."""
        missing = (self.scored & ~known).astype(np.int64)
        return np.asarray(np.add.reduceat(missing, self.start), np.int64)

    def best(self, gain: Floats, known: Flags, most_cost: float) -> Rows:
        """Give the rows (n,) to decode next, rising: those that gain most for their cost.

        `gain` (M,) is the expected improvement by each segment. Decoding a segment passes all that
        lies between it and its key frame, which is scored too at little cost; so of a GOP all is
        decoded from its start to the end of some segment. At least one GOP is, more of them while
        together they cost no more than `most_cost`.
        """
        unscored = self.unscored(known)
        gain = np.where(unscored > 0, gain, 0.0)
        decoding = SEEK_COST + DECODE_COST * (self.end - self.gop_start)
        costs = decoding + (1 - DECODE_COST) * self._sums(unscored.astype(np.float64))
        worth = np.where(gain > 0, self._sums(gain) / costs, 0.0)
        best = self._best_of_gops(worth)
        count = np.searchsorted(np.cumsum(costs[best]), most_cost, side="right")
        wanted = np.zeros(len(known) + 1, np.int64)
        best = best[: max(1, int(count))]
        wanted[self.gop_start[best]] += 1
        np.add.at(wanted, self.end[best], -1)
        return np.flatnonzero((np.cumsum(wanted[:-1]) > 0) & self.scored & ~known)

    def _sums(self, values: Floats) -> Floats:
        """Give the sums (M,) of `values` (M,) from the first segment of the GOP on."""
        sums = np.cumsum(values)
        before: Floats = sums - values
        return sums - before[np.searchsorted(self.start, self.gop_start)]

    def _best_of_gops(self, worth: Floats) -> Rows:
        """Give the segment of most worth in each GOP, best first, omitting those of no worth."""
        order = np.lexsort((-worth, self.gop_start))
        best = order[np.diff(self.gop_start[order], prepend=-1) != 0]
        best = best[worth[best] > 0]
        best = best[np.argsort(-worth[best], kind="stable")]
        return np.asarray(best, np.int64)
