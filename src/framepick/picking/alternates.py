"""Frames beside the picks that an editor may prefer (pure functions).

These are the best frame of each scene, and for each pick the best others of its scene, a good look
apart; where the scene has too few, the best of the scenes that look most alike.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from framepick.picking.choice import VectorsOf
from framepick.types import Flags, Floats, Rows, Samples, ScoreCurve

ALTERNATES = 5
"""Alternates of each pick, where the video has so many."""
APART_SECONDS = 0.5
"""Least time between a pick and its alternates, and between two of these, while there are enough;
then it is halved."""
LEAST_SECONDS = 0.1
SAME_SCENE = 0.45
"""Cosine distance of content vectors up to which frames beside an unexplored gap show one scene."""

SceneNumbers = NDArray[np.int64]


def scenes_of(samples: Samples, curve: ScoreCurve) -> SceneNumbers:
    """Number the scenes (T,), from 0: shots, joined over unexplored gaps where they look alike."""
    begins = np.diff(curve.shot, prepend=curve.shot[:1]) != 0
    is_gap = np.diff(samples.frame_index, prepend=samples.frame_index[:1] - 1) > 1
    begins &= ~is_gap | (samples.content_change > SAME_SCENE)
    return np.cumsum(begins)


def best_of_scenes(scenes: SceneNumbers, smoothed: Floats, eligible: Rows) -> Rows:
    """Give the best of the `eligible` rows (n,) of each scene that has one, in order of time."""
    order = eligible[np.lexsort((eligible, -smoothed[eligible], scenes[eligible]))]
    firsts = np.diff(scenes[order], prepend=-1) != 0
    best: Rows = order[firsts]
    return best


def alternates(
    pick: int,
    picked: Sequence[int],
    curve: ScoreCurve,
    scenes: SceneNumbers,
    eligible: Rows,
    vectors_of: VectorsOf,
) -> list[int]:
    """Give up to `ALTERNATES` rows that could stand for the row `pick`, the best first.

    None of them is among the rows `picked` or close to one.
    """
    in_scene = eligible[scenes[eligible] == scenes[pick]]
    found: list[int] = []
    apart = APART_SECONDS
    while len(found) < ALTERNATES and apart >= LEAST_SECONDS:
        found += _best_apart(in_scene, curve, [*picked, *found], apart, ALTERNATES - len(found))
        apart /= 2
    if len(found) < ALTERNATES:
        found += _most_alike(pick, [*picked, *found], curve, scenes, eligible, vectors_of)
    return found[:ALTERNATES]


def _best_apart(
    rows: Rows, curve: ScoreCurve, taken: Sequence[int], apart_seconds: float, most: int
) -> list[int]:
    """Give the best of `rows` that keep apart from those `taken` and from each other."""
    times = curve.times_seconds
    free = _are_apart(times[rows], times[list(taken)], apart_seconds)
    left = rows[free]
    found: list[int] = []
    while len(left) and len(found) < most:
        best = int(left[np.argmax(curve.smoothed[left])])
        found.append(best)
        left = left[_are_apart(times[left], times[[best]], apart_seconds)]
    return found


def _most_alike(
    pick: int,
    taken: Sequence[int],
    curve: ScoreCurve,
    scenes: SceneNumbers,
    eligible: Rows,
    vectors_of: VectorsOf,
) -> list[int]:
    """Give the best rows of other scenes, those that look most like `pick` first."""
    best = best_of_scenes(scenes, curve.smoothed, eligible)
    best = best[scenes[best] != scenes[pick]]
    times = curve.times_seconds
    best = best[_are_apart(times[best], times[list(taken)], APART_SECONDS)]
    distances = 1.0 - vectors_of(best) @ vectors_of(np.array([pick], np.int64))[0]
    nearest: list[int] = best[np.argsort(distances, kind="stable")].tolist()
    return nearest


def _are_apart(times: Floats, taken: Floats, seconds: float) -> Flags:
    apart = np.abs(times[:, None] - taken[None])
    return np.asarray((apart >= seconds).all(axis=1), np.bool_)
