"""Which parts of a picture lift its score: what the score is without each of them.

A part is left out of the averages that the head of the network sees, and not painted over: what is
painted has edges and flat areas of its own, which the network judges, too. So one pass through the
backbone is enough for all parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from framepick.scoring import NormScorer
from framepick.shape_repr import ShapeRepr
from framepick.types import Floats, Pixels, Vectors

if TYPE_CHECKING:
    from framepick.encoding.averages import CutNetwork

GRID = 13
"""Parts along each side of the picture."""
REACH = 1.0 / GRID
"""Standard deviation of the soft window of a part, as a share of the side."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LeftOut(ShapeRepr):
    """The score of a picture, and what it is without each of its parts."""

    score: float
    deductions: Floats
    """(K,) points that each fault takes off."""
    gains: Floats
    """(G, G) points that the score has thanks to a part: below 0 where it is higher without."""
    fault_gains: Floats
    """(G, G, K) points of deduction that a part adds by each fault: below 0 where it has less of it
    than the rest."""


def leave_out(network: CutNetwork, view: Pixels, grid: int = GRID, reach: float = REACH) -> LeftOut:
    """Leave each part of a view (S, S, 3) out in turn: `grid` x `grid` windows of that `reach`."""
    maps = network.maps(view)
    rows = [
        np.vstack([one.mean(axis=(1, 2))[None], _without(one, windows(grid, reach, one.shape[1]))])
        for one in maps
    ]
    judged = network.judge(rows)
    scores = NormScorer.of(network.card).norms(judged.aesthetic)
    deductions = judged.deductions.astype(np.float64)
    return LeftOut(
        score=float(scores[0]),
        deductions=deductions[0],
        gains=(scores[0] - scores[1:]).reshape(grid, grid),
        fault_gains=(deductions[0] - deductions[1:]).reshape(grid, grid, -1),
    )


def windows(grid: int, reach: float, size: int) -> Vectors:
    """Soft windows (G, size) along one side, 1 in the middle of each."""
    middles, places = (np.arange(grid) + 0.5) / grid, (np.arange(size) + 0.5) / size
    away = (places[None] - middles[:, None]) / reach
    return np.exp(-0.5 * away**2).astype(np.float32)


def window_means(maps: Vectors, windows: Vectors) -> Vectors:
    """Sums (G * G, C) of maps (C, H, W) within each window, as shares of the whole area."""
    channels, height, width = maps.shape
    inside = (windows @ maps @ windows.T).reshape(channels, -1)
    return np.asarray(inside.T / (height * width), np.float32)


def _without(maps: Vectors, windows: Vectors) -> Vectors:
    """Averages (G * G, C) of maps (C, H, W), each without one window."""
    area = maps.shape[1] * maps.shape[2]
    share = np.outer(windows.sum(axis=1), windows.sum(axis=1)).reshape(-1, 1) / area
    rest = maps.mean(axis=(1, 2))[None] - window_means(maps, windows)
    return np.ascontiguousarray(rest / (1 - share), np.float32)
