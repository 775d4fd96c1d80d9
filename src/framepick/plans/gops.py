"""Where decoding can start, and what decoding from there costs (pure)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framepick.types import Timeline

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]

KEY_STEP_SECONDS = 0.5
"""Key frames that follow another more closely tell nothing new."""
DECODING = 0.4
"""Of the cost of a frame that is decoded and scored; a frame that leads to others costs this."""
SEEKING = 0.6
"""What it costs, in such frames, to start at a key frame."""


@dataclass(frozen=True, slots=True, eq=False)
class Gops:
    """A film parted at its key frames, save those that follow another closely."""

    start: Rows
    """(G,) row of the key frame that each group is decoded from, rising from 0."""
    end: Rows
    """(G,) row after its last."""

    @classmethod
    def of(cls, timeline: Timeline) -> Gops:
        """Part a film."""
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

    def number(self, rows: Rows) -> Rows:
        """Group (n,) of each of `rows` (n,)."""
        return np.searchsorted(self.start, rows, side="right") - 1

    def cost(self, rows: Rows) -> float:
        """What it takes to see `rows` (n,) in one go, in frames that are decoded and scored."""
        number = self.number(rows)
        length = np.zeros(len(self), np.int64)
        np.maximum.at(length, number, rows - self.start[number] + 1)
        started = int(np.count_nonzero(length))
        return SEEKING * started + DECODING * float(length.sum()) + (1 - DECODING) * len(rows)


def frame_rate(timeline: Timeline) -> float:
    """Frames per second."""
    times = timeline.times_seconds
    length = float(times[-1] - times[0]) if len(times) > 1 else 0.0
    return (len(times) - 1) / length if length > 0 else 25.0
