"""Groups of pictures (GOPs): where decoding can start, and its cost from there (pure)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framepick.types import Rows, Timeline

KEY_STEP_SECONDS = 0.5
"""A key frame that follows the one before more closely starts no GOP of its own."""
DECODE_COST = 0.4
"""Cost of decoding a frame on the way to another, where decoding and scoring one costs 1."""
SEEK_COST = 0.6
"""Cost of starting at a key frame, in the same unit."""


@dataclass(frozen=True, slots=True, eq=False)
class Gops:
    """The GOPs of a video, those that are shorter than `KEY_STEP_SECONDS` joined."""

    start: Rows
    """(G,) row in the timeline of the key frame of each GOP, rising from 0."""
    end: Rows
    """(G,) row after the last of each GOP."""

    @classmethod
    def of(cls, timeline: Timeline) -> Gops:
        """Find the GOPs of a video."""
        keys = np.flatnonzero(timeline.key)
        last, start = float(timeline.times_seconds[0]), [0]
        times = timeline.times_seconds[keys].tolist()
        for key, time in zip(keys.tolist(), times, strict=True):
            if time - last >= KEY_STEP_SECONDS:
                start.append(key)
                last = time
        return cls(np.array(start), np.append(start[1:], len(timeline)))

    def __len__(self) -> int:
        return len(self.start)

    def index_of(self, rows: Rows) -> Rows:
        """Give the index (n,) of the GOP of each of `rows` (n,)."""
        return np.searchsorted(self.start, rows, side="right") - 1

    def cost(self, rows: Rows) -> float:
        """Cost of decoding and scoring `rows` (n,) in one request; one frame on its own costs 1."""
        number = self.index_of(rows)
        length = np.zeros(len(self), np.int64)
        np.maximum.at(length, number, rows - self.start[number] + 1)
        started = int(np.count_nonzero(length))
        return (
            SEEK_COST * started + DECODE_COST * float(length.sum()) + (1 - DECODE_COST) * len(rows)
        )


def frame_rate(timeline: Timeline) -> float:
    """Mean frames per second; 25 where the timeline does not tell."""
    times = timeline.times_seconds
    length = float(times[-1] - times[0]) if len(times) > 1 else 0.0
    return (len(times) - 1) / length if length > 0 else 25.0
