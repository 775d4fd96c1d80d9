"""What is still to be seen around picks (pure)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from framepick.types import Samples, Span, Timeline

_TINY = 1e-9


def unseen_around(
    timeline: Timeline, samples: Samples, rows: Sequence[int], reach_seconds: float
) -> Span | None:
    """Give what has to be decoded before `rows` of `samples` may be kept.

    Every frame within `reach_seconds` of a pick has to be seen; None where all were.
    """
    times = timeline.times_seconds
    known = np.zeros(len(timeline), np.bool_)
    known[samples.ordinal[samples.ordinal < len(timeline)]] = True
    missing = np.zeros(len(timeline), np.bool_)
    for row in rows:
        centre = samples.times_seconds[row]
        missing |= np.abs(times - centre) <= reach_seconds + _TINY
    missing &= ~known
    return Span(ordinals=tuple(np.flatnonzero(missing).tolist())) if missing.any() else None
