"""The frames that are seen first, spread over the film, from coarse to fine (pure)."""

from __future__ import annotations

import numpy as np

from framepick.plans.belief import Rows
from framepick.plans.stretches import KEY_STEP_SECONDS, WALK_SECONDS, WALK_STEP_SECONDS
from framepick.types import Timeline

FIRST_KEYS = 32
"""Key frames in the first batch: soon there, and spread over the film."""
MOST_KEYS = 128
"""Key frames in any batch: the search can end between batches."""


def grid(timeline: Timeline) -> list[Rows]:
    """Give the frames of each key frame's group that are seen first, groups from coarse to fine."""
    keys = np.flatnonzero(timeline.key)
    keys = keys if len(keys) and keys[0] == 0 else np.concatenate([[0], keys])
    ends = np.append(keys[1:], len(timeline))
    times = timeline.times_seconds
    groups, last = [], -np.inf
    for key, end in zip(keys.tolist(), ends.tolist(), strict=True):
        if times[key] - last >= KEY_STEP_SECONDS:
            groups.append(_walk(times, key, end))
            last = times[key]
    return [groups[at] for at in _spread(len(groups))]


def _walk(times, key: int, end: int) -> Rows:
    """Rows from a key frame on, a step apart where its group is long."""
    length = times[end - 1] - times[key]
    if length < WALK_SECONDS:
        return np.array([key])
    steps = np.arange(times[key], times[end - 1], WALK_STEP_SECONDS)
    return np.unique(np.searchsorted(times, steps))


def _spread(count: int) -> Rows:
    """0 to `count` - 1 so that the first n of them are spread evenly, for every n (van der Corput)."""
    bits = max(1, (count - 1).bit_length())
    order = [int(f"{n:0{bits}b}"[::-1], 2) for n in range(1 << bits)]
    return np.array([n for n in order if n < count], np.int64)
