"""How fast the picture changes, as the sizes of packets tell (pure)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from framepick.types import Floats, Timeline

WINDOW_SECONDS = 0.5
"""Over which sizes are averaged: frames that others refer to are larger than the rest."""
LEAST_SHARE = 0.03
"""Of a key frame's bytes, that frames in between take on average where a film has a usual pace."""
STILL_SHARE = 0.003
"""Of a key frame's bytes, that frames take where nothing moves; the slowest pans take 0.01."""
SLOWEST, FASTEST = 0.001, 4.0


def film_seconds(timeline: Timeline) -> Floats:
    """(P,) time that runs at the pace of change, on average about as fast as the clock.

    What a frame costs in bytes beside the key frames around it tells how much of it is new; where
    nothing changes, time all but stands still.
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
    pace = (share - STILL_SHARE) / max(float(share.mean()), LEAST_SHARE)
    return np.cumsum(steps * np.clip(pace, SLOWEST, FASTEST))


def _moving_mean(values: Floats, window: int) -> Floats:
    """Means (P,) of `values` (P,) over `window` frames around each, mirrored at the ends."""
    before = window // 2
    mirrored = np.pad(values, (before, window - 1 - before), mode="symmetric")
    return np.convolve(mirrored, np.full(window, 1.0 / window), mode="valid")


def still(timeline: Timeline, film_seconds: Floats) -> NDArray[np.bool_]:
    """(P,) True for frames that show what the frame before showed."""
    passed = np.diff(film_seconds, prepend=film_seconds[:1] - 1.0)
    steps = np.diff(timeline.times_seconds, prepend=timeline.times_seconds[:1])
    return np.asarray(passed <= 2 * SLOWEST * steps, np.bool_)
