"""Where one shot ends and the next begins, from the changes between frames (pure functions).

A hard cut changes both what is shown (content vectors) and where light falls (luma), in one step
that stands out from its neighbourhood. A camera's motion changes both for many frames, a lamp
changes luma alone, something that enters the picture changes content alone, and a flash takes its
change back within a few frames: none of these is a cut. A fade is cut in the middle of its black
or white stretch, a dissolve or a whip pan in the middle of the frames whose two sides show other
things.
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray

from framepick.measures import BLACK_SHARE, WHITE_SHARE
from framepick.types import Floats

TINY = 1e-9
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
RATIO_SHARE = 0.75
"""One of the two changes may stand out by this share of its ratio, if the other makes up for it."""
MOST_COUNTED = 4.0
"""How far one change, in shares of its ratio, can make up for the other."""
NEIGHBOURHOOD_LEVEL = 0.9

FLASH_STEP = 0.08
"""Jump of a frame's measures from which on a flash is looked for."""
FLASH_RETURN = 0.25
"""Share of that jump within which the measures return after a flash."""

DISSOLVE_DISTANCE = 0.7
"""Cosine distance of what both sides of a dissolve show; 1 is that of unrelated things."""
DISSOLVE_SECONDS = 1.2
"""Longest dissolve whose sides are compared."""
SIDE_SECONDS = 0.5
"""How much of each side is compared."""

_ROWS_TOGETHER = 4096  # neighbourhoods processed together: memory stays flat


def find_shots(
    times_seconds: Floats,
    content_change: Floats,
    measures: NDArray[np.void],
    content: NDArray[np.floating] | None = None,
) -> NDArray[np.int32]:
    """Number the shot of each frame, (T,) from 0.

    Parameters
    ----------
    times_seconds
        (T,), which must not fall.
    content_change
        (T,) cosine distance to the frame before.
    measures
        (T,) rows of `MEASURES_DTYPE`.
    content
        (T, L) content vectors, or their leading columns; without them no dissolves are found.
    """
    if len(times_seconds) < 2:
        return np.zeros(len(times_seconds), np.int32)
    step = _frame_step(times_seconds)
    cuts = _hard_cuts(content_change, measures, step)
    boundaries = np.concatenate([cuts, _fades(measures, cuts, _reach(step, MIN_SHOT_SECONDS))])
    kept = _without_short_shots(boundaries, times_seconds, content_change, step)
    starts = np.zeros(len(times_seconds), np.int32)
    starts[kept] = 1
    if content is not None:
        starts[_dissolves(content, np.cumsum(starts), step)] = 1
    return np.cumsum(starts, dtype=np.int32)


def _frame_step(times_seconds: Floats) -> float:
    steps = np.diff(times_seconds)
    rising = steps[steps > 0]
    return float(np.median(rising)) if len(rising) else 1.0


def _reach(step_seconds: float, seconds: float, least: int = 2) -> int:
    """Count the frames in a stretch of time, at least `least` and never without bound."""
    return min(max(round(seconds / step_seconds), least), 64)


def _hard_cuts(
    content_change: Floats, measures: NDArray[np.void], step_seconds: float
) -> NDArray[np.int64]:
    """First frames after a hard cut."""
    luma_change = measures["change"].astype(np.float64)
    candidates = np.flatnonzero((content_change > CONTENT_FLOOR) & (luma_change > LUMA_FLOOR))
    candidates = candidates[candidates > 0]
    if len(candidates) == 0:
        return candidates
    reach = _reach(step_seconds, NEIGHBOURHOOD_SECONDS, least=3)
    content_excess, luma_excess = (
        change[candidates] / np.maximum(ratio * _level(change, candidates, reach), TINY)
        for change, ratio in ((content_change, CONTENT_RATIO), (luma_change, LUMA_RATIO))
    )
    both = np.minimum(content_excess, MOST_COUNTED) * np.minimum(luma_excess, MOST_COUNTED)
    candidates = candidates[(both > 1) & (np.minimum(content_excess, luma_excess) > RATIO_SHARE)]
    flash_reach = _reach(step_seconds, MIN_SHOT_SECONDS)
    return candidates[~_are_flashes(_states(measures), candidates, flash_reach)]


def _level(change: Floats, rows: NDArray[np.int64], reach: int) -> Floats:
    """Strong change in the neighbourhood of each of `rows`, without the row itself."""
    level = np.full(len(rows), np.nan)
    offsets = np.concatenate([np.arange(-reach, 0), np.arange(1, reach + 1)])
    inner = np.flatnonzero((rows > reach) & (rows + reach < len(change)))
    for start in range(0, len(inner), _ROWS_TOGETHER):
        some = inner[start : start + _ROWS_TOGETHER]
        around = change[rows[some, None] + offsets]  # (n, 2 * reach)
        level[some] = np.quantile(around, NEIGHBOURHOOD_LEVEL, axis=1)
    for at in np.flatnonzero(np.isnan(level)).tolist():  # near an end, or by changes not known
        row = int(rows[at])
        first = max(row - reach, 1)  # the first frame has no change
        around = np.concatenate([change[first:row], change[row + 1 : row + reach + 1]])
        known = around[~np.isnan(around)]
        level[at] = np.quantile(known, NEIGHBOURHOOD_LEVEL) if len(known) else 0.0
    return level


def _states(measures: NDArray[np.void]) -> Floats:
    """Describe the light of each frame, (T, 3)."""
    fields = ("luma_mean", "luma_spread", "colour_spread")
    return np.stack([measures[field] for field in fields], axis=1).astype(np.float64)


def _are_flashes(states: Floats, cuts: NDArray[np.int64], reach: int) -> NDArray[np.bool_]:
    """Tell for each of `cuts` (N,) whether the light jumps and is back within `reach` frames."""
    jump = np.abs(states[cuts] - states[cuts - 1]).sum(axis=1)
    is_flash = np.zeros(len(cuts), np.bool_)
    jumps = np.flatnonzero(jump >= FLASH_STEP)
    for back in range(reach + 1):
        before = cuts[jumps] - 1 - back
        after = cuts[jumps, None] + np.arange(0 if back else 1, reach - back + 1)
        known = (before[:, None] >= 0) & (after < len(states))
        light = states[np.minimum(after, len(states) - 1)]
        distance = np.abs(states[np.maximum(before, 0), None] - light).sum(axis=2)
        is_flash[jumps] |= np.any(known & (distance < FLASH_RETURN * jump[jumps, None]), axis=1)
    return is_flash


def _fades(
    measures: NDArray[np.void], cuts: NDArray[np.int64], flash_reach: int
) -> NDArray[np.int64]:
    """Middles of the black and of the white stretches that no hard cut begins or ends."""
    middles = [np.empty(0, np.int64)]
    luma_change = measures["change"]
    for field, share in (("black_share", BLACK_SHARE), ("white_share", WHITE_SHARE)):
        empty = np.concatenate([[False], measures[field] >= np.float32(share), [False]])
        edges = np.flatnonzero(np.diff(empty.astype(np.int8))).reshape(-1, 2)
        if len(edges) == 0:
            continue
        inner = (edges[:, 0] > 0) & (edges[:, 1] < len(measures))
        edges = edges[inner & ~np.isin(edges, cuts).any(axis=1)]
        start, end = edges.T  # a stretch is start .. end - 1
        abrupt = np.maximum(luma_change[start], luma_change[end]) > FLASH_STEP
        middles.append(((start + end) // 2)[~(abrupt & (end - start <= flash_reach))])
    return np.concatenate(middles)


def _dissolves(
    content: NDArray[np.floating], shot: NDArray[np.integer], step_seconds: float
) -> NDArray[np.int64]:
    """Middles of the runs of frames whose two sides, within one of the shots (T,), differ much.

    Beside a run the sides have to be alike again: a camera that moves on and on dissolves nothing.
    """
    half, side = round(DISSOLVE_SECONDS / 2 / step_seconds), round(SIDE_SECONDS / step_seconds)
    if side < 2 or len(content) <= 2 * (half + side):
        return np.empty(0, np.int64)
    differs = _differences(content, shot, half, side)
    is_high = np.append(np.isfinite(differs) & (differs > DISSOLVE_DISTANCE), False).astype(np.int8)
    edges = np.flatnonzero(np.diff(is_high, prepend=0)).reshape(-1, 2)
    around = 2 * (half + side)
    middles = [
        (start + end) // 2
        for start, end in edges.tolist()
        if differs[max(start - around, 0) : start].min(initial=np.inf) < DISSOLVE_DISTANCE / 2
        and differs[end : end + around].min(initial=np.inf) < DISSOLVE_DISTANCE / 2
    ]
    return np.array(middles, np.int64)


def _differences(
    content: NDArray[np.floating], shot: NDArray[np.integer], half: int, side: int
) -> Floats:
    """Distance (T,) of the mean contents of the `side` frames that end and begin `half` away.

    It is infinite where these do not lie in one of the shots (T,), and near the ends.
    """
    reach = half + side
    found = np.full(len(content), np.inf)
    for start in range(reach, len(content) - reach, _ROWS_TOGETHER):
        rows = np.arange(start, min(start + _ROWS_TOGETHER, len(content) - reach))
        first = start - reach
        sums = np.cumsum(content[first : rows[-1] + reach].astype(np.float64), axis=0)
        sums = np.concatenate([np.zeros((1, sums.shape[1])), sums])
        before = sums[rows - half - first] - sums[rows - reach - first]
        after = sums[rows + reach - first] - sums[rows + half - first]
        is_one_shot = shot[rows - reach] == shot[rows + reach - 1]
        found[rows] = np.where(is_one_shot, _cosine_distances(before, after), np.inf)
    return found


def _cosine_distances(one: Floats, other: Floats) -> Floats:
    """(N,) of vectors (N, L) of any length."""
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    distances: Floats = 1 - np.sum(one * other, axis=1) / np.maximum(lengths, TINY)
    return distances


def _without_short_shots(
    boundaries: NDArray[np.int64], times_seconds: Floats, strength: Floats, step_seconds: float
) -> list[int]:
    """Drop the weaker boundary wherever a shot between two of them would be too short."""
    if len(boundaries) == 0:
        return []
    least = MIN_SHOT_SECONDS - 1e-6
    end_seconds = float(times_seconds[-1]) + step_seconds
    order = boundaries[np.lexsort((boundaries, -strength[boundaries]))]
    kept: list[int] = []
    taken = [float(times_seconds[0]), end_seconds]  # rising
    for boundary, time in zip(order.tolist(), times_seconds[order].tolist(), strict=True):
        place = bisect_left(taken, time)
        if min(abs(near - time) for near in taken[max(place - 1, 0) : place + 1]) >= least:
            kept.append(boundary)
            taken.insert(place, time)
    return kept
