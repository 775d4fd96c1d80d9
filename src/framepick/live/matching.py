"""Finds a moment of one stream in another stream of the same camera, by the pictures (pure).

Streams of one camera have clocks of their own and are held up on their way for up to seconds, so
their times say little. What moves in both moves at the same time.
"""

from __future__ import annotations

import numpy as np

from framepick.types import Floats

SLACK_SECONDS = 2.0
"""How far apart the times of one moment in both streams may be."""
STEP_SECONDS = 0.02
LEAST_LIKENESS = 0.3
"""Correlation of motion below which the streams have nothing to say to each other."""
_TINY = 1e-9


def time_between(
    times: Floats,
    lumas: Floats,
    other_times: Floats,
    other_lumas: Floats,
    slack_seconds: float = SLACK_SECONDS,
) -> float | None:
    """Give what to add to a time of the first stream to have that of the second; None if unknown.

    Parameters
    ----------
    times, other_times
        (N,) and (M,) seconds, rising.
    lumas, other_lumas
        (N, G) and (M, G) small luma of the pictures at these times.
    slack_seconds
        Largest time between the streams, either way.
    """
    if len(times) < 2 or len(other_times) < 2:
        return None
    moving, other = _motion(lumas), _motion(other_lumas)
    count = round(slack_seconds / STEP_SECONDS)
    shifts = STEP_SECONDS * np.arange(-count, count + 1)
    found = [_likeness(times + shift, moving, other_times, other) for shift in shifts.tolist()]
    # of shifts that fit as well, the smallest
    best = max(range(len(shifts)), key=lambda at: (round(found[at], 4), -abs(shifts[at])))
    return float(shifts[best]) if found[best] >= LEAST_LIKENESS else None


def _motion(lumas: Floats) -> Floats:
    """What changes in the pictures (N, G): what stays says nothing about time."""
    moving: Floats = lumas - lumas.mean(axis=0)
    return moving


def _likeness(times: Floats, moving: Floats, other_times: Floats, other: Floats) -> float:
    """Correlation of pictures with those at the same times in the other stream."""
    inside = (times >= other_times[0]) & (times <= other_times[-1])
    if inside.sum() < max(2, len(times) // 2):
        return -1.0
    after = np.clip(np.searchsorted(other_times, times[inside]), 1, len(other_times) - 1)
    before_is_nearer = times[inside] - other_times[after - 1] < other_times[after] - times[inside]
    partner = other[after - before_is_nearer]
    mine = moving[inside]
    mine, partner = mine - mine.mean(axis=0), partner - partner.mean(axis=0)
    both = float((mine * partner).sum())
    return both / (float(np.linalg.norm(mine) * np.linalg.norm(partner)) + _TINY)
