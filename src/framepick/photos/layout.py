"""Where photos are bright and dark: tells copies from photos of other things (pure).

Content vectors know what a photo shows and little of where, and a blur changes them as much as
another subject does. The layout is the other half: the slopes of luma over a coarse grid, smoothed
so that a crop of a few per cent matters little. A blur keeps them, and so do exposure and colour,
but for a factor.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from framepick.types import Floats, Vectors

_TINY = 1e-9


def layouts(luma_grids: Sequence[NDArray[np.uint8]]) -> Vectors:
    """Give the layouts (N, L) of photos, of length 1; the dot product of two is how alike they are.

    It is 1 for the same layout and about 0 for others. That of a photo without any slope is 0.
    """
    luma = _smoothed(_smoothed(np.stack(luma_grids).astype(np.float64)))
    down = np.diff(luma, axis=1)[:, :, 1:]
    across = np.diff(luma, axis=2)[:, 1:]
    slopes = np.stack([down, across], axis=1).reshape(len(luma), -1)
    lengths = np.linalg.norm(slopes, axis=1, keepdims=True)
    found: Vectors = (slopes / (lengths + _TINY)).astype(np.float32)
    return found


def _smoothed(luma: Floats) -> Floats:
    """Give the means of each cell of (N, H, W) and those to the right and below."""
    luma = (luma[:, 1:] + luma[:, :-1]) / 2
    means: Floats = (luma[:, :, 1:] + luma[:, :, :-1]) / 2
    return means
