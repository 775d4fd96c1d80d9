"""What is still to be seen around picks (pure)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from framepick.types import FrameRequest, Samples, Timeline

_TINY = 1e-9


def unseen_around(
    timeline: Timeline, samples: Samples, rows: Sequence[int], reach_seconds: float
) -> FrameRequest | None:
    """Give what has to be decoded before `rows` of `samples` may be kept.

    Every frame within `reach_seconds` of a pick has to be seen; None where all were.
    """
    times = timeline.times_seconds
    missing = np.zeros(len(timeline), np.bool_)
    for row in rows:
        missing |= np.abs(times - samples.times_seconds[row]) <= reach_seconds + _TINY
    missing[samples.frame_index[samples.frame_index < len(timeline)]] = False
    return (
        FrameRequest(frame_indices=tuple(np.flatnonzero(missing).tolist()))
        if missing.any()
        else None
    )
