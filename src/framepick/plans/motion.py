"""How fast the picture changes, estimated from the sizes of packets (pure)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from framepick.types import Floats, Timeline

WINDOW_SECONDS = 0.5
"""Window that sizes are averaged over, since frames that others refer to are larger."""
MIN_MEAN_SHARE = 0.03
"""Least mean size of the frames between key frames that is taken for usual motion, as a share of
a key frame's size."""
STATIC_SHARE = 0.003
"""Size of frames where nothing moves, as a share of a key frame's; the slowest pans take 0.01."""
MIN_SPEED, MAX_SPEED = 0.001, 4.0
"""Bounds of the motion, where 1 is the mean of the video."""


def motion_seconds(timeline: Timeline) -> Floats:
    """Give the time (P,) of each frame weighted by motion, in seconds of mean motion.

    The size of a frame beside that of the key frames around it tells how much of it is new. Where
    nothing changes, the weighted time all but stands still.
    """
    times, key, size = timeline.times_seconds, timeline.key, timeline.size.astype(np.float64)
    steps = np.diff(times, prepend=times[:1])
    if key.all() or not key.any():
        return np.cumsum(steps)
    keys = np.flatnonzero(key)
    after = np.searchsorted(keys, np.arange(len(key)), side="right")
    before = size[keys[np.maximum(after - 1, 0)]]
    whole = np.maximum(np.minimum(before, size[keys[np.minimum(after, len(keys) - 1)]]), 1.0)
    window = max(1, round(WINDOW_SECONDS / max(float(np.median(steps[1:])), 1e-6)))
    between = (~key).astype(np.float64)
    share = _moving_mean(between * size / whole, window)
    share /= np.maximum(_moving_mean(between, window), 0.5 / window)
    speed = (share - STATIC_SHARE) / max(float(share.mean()), MIN_MEAN_SHARE)
    return np.cumsum(steps * np.clip(speed, MIN_SPEED, MAX_SPEED))


def _moving_mean(values: Floats, window: int) -> Floats:
    """Means (P,) of `values` (P,) over `window` frames around each, mirrored at the ends."""
    before = window // 2
    mirrored = np.pad(values, (before, window - 1 - before), mode="symmetric")
    return np.convolve(mirrored, np.full(window, 1.0 / window), mode="valid")


def static(timeline: Timeline, motion_seconds: Floats) -> NDArray[np.bool_]:
    """Give flags (P,) that are True for frames that show what the frame before showed."""
    passed = np.diff(motion_seconds, prepend=motion_seconds[:1] - 1.0)
    steps = np.diff(timeline.times_seconds, prepend=timeline.times_seconds[:1])
    return np.asarray(passed <= 2 * MIN_SPEED * steps, np.bool_)
