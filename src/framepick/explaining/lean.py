"""How far a picture leans: the direction that its lines share instead of level and upright."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from framepick.explaining.regions import small_luma
from framepick.types import Floats, Pixels

Segment = tuple[float, float, float, float]
"""x and y of both ends, in shares of width and height from the upper left."""

ANGLES = np.arange(-48, 49) * 0.25
"""Degrees that a picture may lean by."""
STRAIGHT = len(ANGLES) // 2
_SIDE = 640
_SPREAD = 0.8
"""Standard deviation, in degrees, of lines that count as one direction."""
_SHORTEST = 0.03
"""Length of a line that counts, as a share of the longer side."""
_FLOOR = 0.1
_LEAST_RATIO = 2.2
"""How many times longer the lines have to be that lean than those that do not."""


class Lean(NamedTuple):
    """How far a picture leans."""

    degrees: float
    """Above 0 where the right end of a level line is lower."""
    line: Segment
    """The longest line that leans so."""


class _Lines(NamedTuple):
    segments: Floats
    """(N, 4) in shares of the picture."""
    leans: Floats
    """(N,) degrees, off level or off upright, whichever is nearer."""
    lengths: Floats
    """(N,) in shares of the longer side."""


def find_lean(picture: Pixels) -> Lean | None:
    """Find the lean that most lines of a picture (H, W, 3) share; None if they are straight."""
    lines = _lines(picture)
    weights = _weights(lines) + _FLOOR
    best = int(weights.argmax())
    if weights[best] < _LEAST_RATIO * weights[STRAIGHT]:
        return None
    degrees = float(ANGLES[best])
    near = np.abs(lines.leans - degrees) < 2 * _SPREAD
    longest = int(np.argmax(np.where(near, lines.lengths, 0)))
    left, top, right, bottom = lines.segments[longest].tolist()
    return Lean(degrees, (left, top, right, bottom))


def line_weights(picture: Pixels) -> Floats:
    """Length of the lines that lean by each of `ANGLES`, in shares of the longer side."""
    return _weights(_lines(picture))


def _weights(lines: _Lines) -> Floats:
    away = (ANGLES[:, None] - lines.leans) / _SPREAD
    return np.asarray(np.exp(-0.5 * away**2) @ lines.lengths, np.float64)


def _lines(picture: Pixels) -> _Lines:
    luma = np.clip(small_luma(picture, _SIDE), 0, 255).astype(np.uint8)
    height, width = luma.shape
    found = cv2.createLineSegmentDetector().detect(luma)[0]
    ends = np.zeros((0, 4)) if found is None else np.reshape(found, (-1, 4)).astype(np.float64)
    across, down = ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]
    lengths = np.hypot(across, down) / max(height, width)
    leans = (np.degrees(np.arctan2(down, across)) + 45) % 90 - 45
    kept = (lengths >= _SHORTEST) & (np.abs(leans) <= ANGLES[-1] + 2 * _SPREAD)
    size = np.array([width, height, width, height])
    return _Lines((ends / size)[kept], leans[kept], lengths[kept])
