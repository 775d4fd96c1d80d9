"""How sharp pictures are, and which of them are blurred beside others of the same thing (pure).

Sharpness is that of the sharpest tenth of the tiles, so that a background out of focus costs
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framepick.reasons import ReasonCode
from framepick.types import Flags, Floats

BLUR_BELOW = 0.65
"""Sharpness over the neighbours' best. Frames of one moving camera vary by a fifth; a smear of 5
pixels leaves 0.6, one of 8 pixels 0.4."""
FINENESS_BELOW = 0.85
"""Fine over coarse structure against the neighbours' best: a blur lowers it, other subjects do not
all. Both must fall."""
SHARP_TILE_SHARE = 0.1
"""Share of all tiles, the sharpest, whose sharpness counts: a blurred background costs nothing."""
TEXTURED_SHARE = 0.1
"""Structure of a tile, over that of the best ten, from which its loss is considered."""
KEPT_TILE, KEPT_SHARE = 0.75, 0.08
"""Where so large a share of the tiles keeps so much of its structure, the subject is in focus and
only the background is not."""
SMEAR_RATIO = 0.7
"""Loss along one axis over the loss along the other from where a blur has a direction."""

_TINY = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Sharpness:
    """How sharp several pictures are, one row each."""

    sharpness: Floats
    """(N,) fine structure in the sharpest tiles; only ratios mean anything."""
    fineness: Floats
    """(N,) fine over coarse structure in the same tiles."""
    tiles: Floats
    """(N, R * C, 2) fine structure of every tile along x and along y."""


def sharpness_of(structures: Sequence[NDArray[np.float32]]) -> Sharpness:
    """Gather the sharpness of pictures from their `DetailMeasures.structure`."""
    structure = np.stack(structures).astype(np.float64)
    structure = structure.reshape(len(structure), -1, *structure.shape[3:])
    scales = _of_sharpest(structure).sum(axis=2)  # (N, SCALES)
    return Sharpness(
        sharpness=np.sqrt(scales[:, 0] * scales[:, 1]),
        fineness=scales[:, 0] / (scales[:, -1] + _TINY),
        tiles=np.sqrt(structure[:, :, 0] * structure[:, :, 1]),
    )


def blurred(sharp: Sharpness, near: Flags) -> list[tuple[ReasonCode, Flags]]:
    """Tell which pictures (N,) are blurred, in each way, beside those `near` (N, N) them.

    One row (1, N) stands for all where the same are near each.
    """
    are_blurred = (_against_best(sharp.sharpness, near) < BLUR_BELOW) & (
        _against_best(sharp.fineness, near) < FINENESS_BELOW
    )
    sharpest = np.where(near, sharp.sharpness[None], 0.0).argmax(axis=1)
    sharpest = np.broadcast_to(sharpest, len(sharp.sharpness))
    directed = np.zeros(len(sharp.sharpness), np.bool_)
    for row in np.flatnonzero(are_blurred):
        left = _left_of(sharp.tiles[row], sharp.tiles[sharpest[row]])
        are_blurred[row] = np.mean(left.min(axis=1) > KEPT_TILE) < KEPT_SHARE
        along_x, along_y = np.median(left, axis=0)
        directed[row] = min(along_x, along_y) < SMEAR_RATIO * max(along_x, along_y)
    motion = are_blurred & directed
    return [(ReasonCode.MOTION_BLUR, motion), (ReasonCode.OUT_OF_FOCUS, are_blurred)]


def _left_of(tiles: Floats, best: Floats) -> Floats:
    """What share of its structure each tile still has, (n, 2), of those where there was much."""
    much = best.sum(axis=1) > TEXTURED_SHARE * np.sort(best.sum(axis=1))[-10:].mean()
    left: Floats = tiles[much] / (best[much] + _TINY)
    return left


def _of_sharpest(structure: Floats) -> Floats:
    """Mean structure (N, SCALES, 2) of the tiles that have the most of it at the finest scale."""
    count = max(1, round(SHARP_TILE_SHARE * structure.shape[1]))
    finest = structure[:, :, 0].sum(axis=2)  # (N, R * C)
    sharpest = np.argsort(finest, axis=1, kind="stable")[:, -count:]
    mean: Floats = np.take_along_axis(structure, sharpest[:, :, None, None], axis=1).mean(axis=1)
    return mean


def _against_best(values: Floats, near: NDArray[np.bool_]) -> Floats:
    """Each of `values` (N,) over the largest among its neighbours; 1 or more where all are 0."""
    best: Floats = np.where(near, values[None], 0.0).max(axis=1)
    return (values + _TINY) / (best + _TINY)
