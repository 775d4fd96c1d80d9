"""The longest straight edge that runs nearly level through a picture, and how far it leans."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from framepick.explaining.regions import slopes, small_luma, smoothed
from framepick.types import Floats, Pixels, Vectors

_ANGLES = np.arange(-60, 61) * 0.25  # degrees
_SMOOTHING = 1.4
_LEAST_SLOPE = 2.0
"""Levels of luma, of 255, that an edge has a pixel."""
_ALIKE_DEGREES = 4.0
"""Edges whose own direction is so near to a line's may belong to it."""
_BORDER = 3
_FEWEST = 20


class Line(NamedTuple):
    """A straight edge from the left to the right border of a picture."""

    degrees: float
    """How far it leans: above 0 where its right end is lower."""
    share: float
    """Share of the picture's width, 0 to 1, that has an edge on it."""
    left: float
    right: float
    """Where it meets the borders, in shares of the height from the top."""


def level_line(picture: Pixels) -> Line | None:
    """Find the line of a picture (H, W, 3) that leans less than 15 degrees; None without edges."""
    luma = smoothed(small_luma(picture), _SMOOTHING)
    height, width = luma.shape
    edges = _edges(*slopes(luma))
    if len(edges) < _FEWEST:
        return None
    found = [_best(edges, angle, sign, width) for angle in _ANGLES for sign in (-1, 1)]
    count, offset, angle = max(found, key=lambda one: one[0])
    rise = float(np.tan(np.radians(angle))) * width / 2
    return Line(float(angle), count / width, (offset - rise) / height, (offset + rise) / height)


def _edges(across: Vectors, down: Vectors) -> Floats:
    """Give edges (N, 4) that run nearly level: x, y, degrees, and 1 where it is brighter below."""
    strong = np.abs(down)
    ridge = np.zeros(down.shape, np.bool_)
    ridge[1:-1] = (strong[1:-1] >= strong[:-2]) & (strong[1:-1] > strong[2:])
    inner = np.zeros_like(ridge)
    inner[_BORDER:-_BORDER, _BORDER:-_BORDER] = True
    y, x = np.nonzero(ridge & inner & (np.hypot(across, down) > _LEAST_SLOPE))
    degrees = np.degrees(np.arctan(-across[y, x] / down[y, x]))
    return np.stack([x, y, degrees, np.sign(down[y, x])], axis=1).astype(np.float64)


def _best(edges: Floats, angle: float, sign: int, width: int) -> tuple[int, float, float]:
    """Give the columns that the best line of an angle covers, and its height in the middle."""
    fits = (np.abs(edges[:, 2] - angle) < _ALIKE_DEGREES) & (edges[:, 3] == sign)
    if np.count_nonzero(fits) < _FEWEST:
        return 0, 0.0, angle
    x, y = edges[fits, 0], edges[fits, 1]
    offsets = y - np.tan(np.radians(angle)) * (x - width / 2)
    bands = np.floor(offsets / 2).astype(np.int64)
    first = int(bands.min()) - 1  # a band is four pixels high, and overlaps the next one by half
    places = np.concatenate([bands, bands - 1]) - first
    columns = np.unique(places * width + np.tile(x.astype(np.int64), 2)) // width
    counts = np.bincount(columns)
    band = int(counts.argmax())
    return int(counts[band]), float((band + first + 1) * 2), angle
