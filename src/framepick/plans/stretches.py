"""A film in stretches, what each costs, and the grid of frames that is seen first (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from framepick.plans.belief import Flags, Rows
from framepick.types import Floats, Timeline

STRETCH_SECONDS = 1.0
"""About the length of the stretches that are looked into one at a time."""
STEP_SECONDS = 0.12
"""Between frames that are scored within a stretch: a score tells of its neighbours too."""
KEY_STEP_SECONDS = 0.5
"""Key frames that follow another more closely are no part of the grid."""
WALK_SECONDS = 15.0
"""Where key frames are further apart, the grid has frames between them as well."""
WALK_STEP_SECONDS = 2.0
DECODING = 0.4
"""Of the cost of a frame that is decoded and scored; a frame that leads to others costs this."""
SEEKING = 1.5
"""What starting to decode at a key frame costs beyond that, in such frames."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """Where a film is parted; no stretch reaches over a key frame."""

    start: Rows
    end: Rows
    """(M,) first row of each, and the row after its last."""
    lead: Rows
    """(M,) row of the key frame that each is decoded from."""
    pace: int
    """Every so many frames are scored."""

    @classmethod
    def of(cls, timeline: Timeline) -> Stretches:
        """Part a film at each key frame, and evenly between one and the next."""
        keys = _keys(timeline)
        length = max(2.0, STRETCH_SECONDS * frame_rate(timeline))
        parts = [
            np.linspace(start, end, max(1, round((end - start) / length)) + 1)[:-1]
            for start, end in zip(keys, np.append(keys[1:], len(timeline)), strict=True)
        ]
        start = np.unique(np.concatenate(parts).round().astype(np.int64))
        return cls(
            start=start,
            end=np.append(start[1:], len(timeline)),
            lead=keys[np.searchsorted(keys, start, side="right") - 1],
            pace=max(1, round(STEP_SECONDS * frame_rate(timeline))),
        )

    def __len__(self) -> int:
        return len(self.start)

    def paced(self, count: int) -> Flags:
        """(P,) frames that are scored where a stretch is looked into."""
        offset = np.arange(count) - np.repeat(self.start, self.end - self.start)
        paced: Flags = offset % self.pace == 0
        return paced

    def unseen(self, known: Flags) -> Rows:
        """(M,) frames of each stretch that are to be scored and were not."""
        missing = (self.paced(len(known)) & ~known).astype(np.int64)
        return np.add.reduceat(missing, self.start)

    def worth(self, gain: Floats, unseen: Rows) -> tuple[Floats, Floats]:
        """Gain per cost, and cost (M,), of all from the key frame to the end of each stretch.

        Whoever decodes a stretch passes all before it: to score these frames too costs little.
        """
        costs = SEEKING + DECODING * (self.end - self.lead) + (1 - DECODING) * self._sums(unseen)
        worth: Floats = self._sums(gain) / costs
        return worth, costs

    def best_of_groups(self, worth: Floats) -> Rows:
        """One stretch of each key frame's group, where any is worth something."""
        order = np.lexsort((-worth, self.lead))
        first = np.diff(self.lead[order], prepend=-1) != 0
        best = order[first]
        return best[worth[best] > 0]

    def _sums(self, values):
        """(M,) sums of `values` (M,) from the first stretch of each group on."""
        sums = np.cumsum(values)
        first = np.searchsorted(self.start, self.lead)
        return sums - (sums - values)[first]

    def rows(self, chosen: Sequence[int], known: Flags) -> Rows:
        """Give the frames of the stretches `chosen` that are to be scored and were not, rising."""
        wanted = np.zeros(len(known), np.bool_)
        for at in chosen:
            wanted[self.lead[at] : self.end[at]] = True
        return np.flatnonzero(wanted & self.paced(len(known)) & ~known)


def frame_rate(timeline: Timeline) -> float:
    """Frames per second."""
    times = timeline.times_seconds
    length = float(times[-1] - times[0]) if len(times) > 1 else 0.0
    return (len(times) - 1) / length if length > 0 else 25.0


def cost(timeline: Timeline, known: Flags) -> float:
    """What it takes to see the frames `known` (P,), each key frame's group in one go."""
    keys = _keys(timeline)
    rows = np.flatnonzero(known)
    group = np.searchsorted(keys, rows, side="right") - 1
    last = np.full(len(keys), -1, np.int64)
    np.maximum.at(last, group, rows - keys[group])
    entered = last >= 0
    decoding = DECODING * float((last[entered] + 1).sum()) + SEEKING * int(entered.sum())
    return decoding + (1 - DECODING) * len(rows)


def _keys(timeline: Timeline) -> Rows:
    keys = np.flatnonzero(timeline.key)
    return keys if len(keys) and keys[0] == 0 else np.concatenate([[0], keys])
