"""From the outputs of the BlazeFace network to boxes and key points of faces (pure).

Decoded boxes are in units of the network's input, from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIDE = 128
"""Width and height in pixels of the network's input."""
_GRIDS = ((16, 2), (8, 6))
"""Cells along a side, and anchors in each cell."""
_LEAST_SCORE = 0.5
_SAME_FACE = 0.3
"""Overlap (intersection over union) above which two boxes show one face."""

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Faces of one picture, in units of the network's input or in pixels, the best first."""

    centres: Floats
    """(n, 2) x and y."""
    sizes: Floats
    """(n, 2) width and height."""
    points: Floats
    """(n, 6, 2) right eye, left eye, nose, mouth, right and left ear."""
    scores: Floats
    """(n,) 0.5 to 1."""


def anchors() -> Floats:
    """Give the centres (896, 2) that the network's boxes are relative to."""
    parts = []
    for cells, count in _GRIDS:
        rows, columns = np.mgrid[:cells, :cells]
        centres = (np.stack([columns, rows], axis=-1).reshape(-1, 2) + 0.5) / cells
        parts.append(np.repeat(centres, count, axis=0))
    return np.concatenate(parts).astype(np.float32)


def decode(regressors: Floats, logits: Floats) -> Detections:
    """Decode the network's (896, 16) boxes and (896,) logits, overlapping boxes merged."""
    scores = 1 / (1 + np.exp(-np.clip(logits, -80, 80)))
    found = scores >= _LEAST_SCORE
    values, origins = regressors[found] / SIDE, anchors()[found]
    points = values[:, 4:].reshape(-1, 6, 2) + origins[:, None]
    return merged([Detections(values[:, :2] + origins, values[:, 2:4], points, scores[found])])


def merged(parts: Sequence[Detections]) -> Detections:
    """Put together what was found in parts of a picture, overlapping boxes merged."""
    return _merged(
        Detections(
            np.concatenate([one.centres for one in parts]),
            np.concatenate([one.sizes for one in parts]),
            np.concatenate([one.points for one in parts]),
            np.concatenate([one.scores for one in parts]),
        )
    )


def _merged(found: Detections) -> Detections:
    """Average each group of overlapping boxes, weighted by their scores."""
    rest, weights = np.argsort(-found.scores, kind="stable"), []
    while rest.size:
        same = _overlaps(found, rest) > _SAME_FACE
        same[0] = True
        row = np.zeros(len(found.scores), np.float32)
        row[rest[same]] = found.scores[rest[same]]
        weights.append((rest[0], row / row.sum()))
        rest = rest[~same]
    best = np.array([at for at, _ in weights], np.int64)
    mix = np.array([row for _, row in weights], np.float32).reshape(len(best), len(found.scores))
    points = np.tensordot(mix, found.points, 1).reshape(-1, 6, 2)
    return Detections(mix @ found.centres, mix @ found.sizes, points, found.scores[best])


def _overlaps(found: Detections, rows: NDArray[np.int64]) -> Floats:
    """Measure the intersection over union of boxes with the first of them."""
    low = found.centres[rows] - found.sizes[rows] / 2
    high = found.centres[rows] + found.sizes[rows] / 2
    common = np.clip(np.minimum(high, high[0]) - np.maximum(low, low[0]), 0, None).prod(axis=1)
    areas = found.sizes[rows].prod(axis=1)
    return np.asarray(common / np.maximum(areas + areas[0] - common, 1e-12), np.float32)
