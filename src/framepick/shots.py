"""Where one shot ends and the next begins, from the changes between frames (pure functions).

A hard cut changes both what is shown (content vectors) and where light falls (luma), in one step
that stands out from its neighbourhood. A camera's motion changes both for many frames, a lamp
changes luma alone, something that enters the picture changes content alone, and a flash takes its
change back within a few frames: none of these is a cut. A fade is cut in the middle of its black
or white stretch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from framepick.measures import BLACK_SHARE, WHITE_SHARE
from framepick.types import Floats

MIN_SHOT_SECONDS = 0.2
"""Shorter shots are merged with a neighbour, and a picture that returns sooner was a flash."""
NEIGHBOURHOOD_SECONDS = 0.4
"""How far on either side of a step its neighbourhood reaches."""

CONTENT_FLOOR = 0.1
"""Cosine distance below which two frames may always belong to one shot."""
CONTENT_RATIO = 3.0
"""How often a cut's content change exceeds the strong changes around it."""
LUMA_FLOOR = 0.02
"""Change of luma below which two frames may always belong to one shot."""
LUMA_RATIO = 2.0
NEIGHBOURHOOD_LEVEL = 0.9

FLASH_STEP = 0.08
"""Jump of a frame's measures from which on a flash is looked for."""
FLASH_RETURN = 0.25
"""Share of that jump within which the measures return after a flash."""


def find_shots(
    times_seconds: Floats, content_change: Floats, measures: NDArray[np.void]
) -> NDArray[np.int32]:
    """Number the shot of each frame, (T,) from 0.

    `times_seconds` (T,) must not fall; `content_change` (T,) is the cosine distance to the frame
    before; `measures` (T,) are rows of `MEASURES_DTYPE`.
    """
    if len(times_seconds) < 2:
        return np.zeros(len(times_seconds), np.int32)
    step = _frame_step(times_seconds)
    cuts = _hard_cuts(content_change, measures, step)
    boundaries = np.concatenate([cuts, _fades(measures, cuts, _reach(step, MIN_SHOT_SECONDS))])
    kept = _without_short_shots(boundaries, times_seconds, content_change, step)
    starts = np.zeros(len(times_seconds), np.int32)
    starts[kept] = 1
    return np.cumsum(starts, dtype=np.int32)


def _frame_step(times_seconds: Floats) -> float:
    steps = np.diff(times_seconds)
    rising = steps[steps > 0]
    return float(np.median(rising)) if len(rising) else 1.0


def _reach(step_seconds: float, seconds: float, least: int = 2) -> int:
    """Count the frames in a stretch of time, at least `least` and never without bound."""
    return int(np.clip(round(seconds / step_seconds), least, 64))


def _hard_cuts(
    content_change: Floats, measures: NDArray[np.void], step_seconds: float
) -> NDArray[np.int64]:
    """First frames after a hard cut."""
    luma_change = measures["change"].astype(np.float64)
    candidates = np.flatnonzero((content_change > CONTENT_FLOOR) & (luma_change > LUMA_FLOOR))
    candidates = candidates[candidates > 0]
    reach = _reach(step_seconds, NEIGHBOURHOOD_SECONDS, least=3)
    stands_out = (
        content_change[candidates] > CONTENT_RATIO * _level(content_change, candidates, reach)
    ) & (luma_change[candidates] > LUMA_RATIO * _level(luma_change, candidates, reach))
    cuts = candidates[stands_out]
    states = _states(measures)
    flash_reach = _reach(step_seconds, MIN_SHOT_SECONDS)
    return cuts[[not _is_flash(states, cut, flash_reach) for cut in cuts]]


def _level(change: Floats, rows: NDArray[np.int64], reach: int) -> Floats:
    """Strong change in the neighbourhood of each of `rows`, the row itself left out."""
    if len(rows) == 0:
        return np.zeros(0)
    offsets = np.concatenate([np.arange(-reach, 0), np.arange(1, reach + 1)])
    around = rows[:, None] + offsets  # (N, 2 * reach)
    outside = (around < 1) | (around >= len(change))  # the first frame has no change
    values = np.where(outside, np.nan, change[np.clip(around, 0, len(change) - 1)])
    values[outside.all(axis=1)] = 0.0
    level: Floats = np.nanquantile(values, NEIGHBOURHOOD_LEVEL, axis=1)
    return level


def _states(measures: NDArray[np.void]) -> Floats:
    """Describe the light of each frame, (T, 3)."""
    fields = ("luma_mean", "luma_spread", "colour_spread")
    return np.stack([measures[field] for field in fields], axis=1).astype(np.float64)


def _is_flash(states: Floats, cut: int, reach: int) -> bool:
    """Tell whether the light jumps at `cut` and is back within `reach` frames around it."""
    jump = np.abs(states[cut] - states[cut - 1]).sum()
    if jump < FLASH_STEP:
        return False
    before = states[max(cut - 1 - reach, 0) : cut][::-1]  # nearest first
    after = states[cut : cut + 1 + reach]
    distance = np.abs(before[:, None] - after[None]).sum(axis=2)  # (before, after)
    apart = np.add.outer(np.arange(len(before)), np.arange(len(after)))
    return bool(np.any((distance < FLASH_RETURN * jump) & (apart >= 1) & (apart <= reach)))


def _fades(
    measures: NDArray[np.void], cuts: NDArray[np.int64], flash_reach: int
) -> NDArray[np.int64]:
    """Middles of the black and of the white stretches that no hard cut begins or ends."""
    middles: list[int] = []
    luma_change = measures["change"]
    for field, share in (("black_share", BLACK_SHARE), ("white_share", WHITE_SHARE)):
        empty = np.concatenate([[False], measures[field] >= np.float32(share), [False]])
        edges = np.flatnonzero(np.diff(empty.astype(np.int8))).reshape(-1, 2)
        for start, end in edges.tolist():  # a stretch is start .. end - 1
            if start == 0 or end == len(measures) or np.isin([start, end], cuts).any():
                continue
            abrupt = max(luma_change[start], luma_change[end]) > FLASH_STEP
            if not (abrupt and end - start <= flash_reach):
                middles.append((start + end) // 2)
    return np.array(middles, np.int64)


def _without_short_shots(
    boundaries: NDArray[np.int64], times_seconds: Floats, strength: Floats, step_seconds: float
) -> list[int]:
    """Drop the weaker boundary wherever a shot between two of them would be too short."""
    least = MIN_SHOT_SECONDS - 1e-6
    end_seconds = float(times_seconds[-1]) + step_seconds
    order = boundaries[np.lexsort((boundaries, -strength[boundaries]))]
    kept: list[int] = []
    taken = np.array([times_seconds[0], end_seconds])  # rising
    for boundary in order.tolist():
        time = float(times_seconds[boundary])
        place = int(np.searchsorted(taken, time))
        near = taken[max(place - 1, 0) : place + 1]
        if np.abs(near - time).min() >= least:
            kept.append(boundary)
            taken = np.insert(taken, place, time)
    return kept
