"""How blurred each part of a picture is, by what its edges lose when they are blurred again.

The slope of an edge falls by a known factor when a sharp picture is blurred, and hardly at all when
it was blurred as much before. Parts without edges, such as skies, are neither sharp nor blurred.
"""

from __future__ import annotations

import numpy as np

from framepick.explaining.regions import cell_means, slopes, small_luma, smoothed
from framepick.types import Floats, Pixels

GRID = 13
"""Parts along each side."""
_FINE, _COARSE = 1.0, 4.0
"""Standard deviations in pixels of a picture that is about 480 long."""
_LEAST_SLOPE = 0.45
"""Levels of luma, of 255, a pixel: what is flatter at the coarse scale has no edges."""
_MOST = 16.0


def blur_radii(picture: Pixels) -> Floats:
    """Measure the blur (G, G) of a picture (H, W, 3) in pixels of one that is 480 pixels long.

    It is nan where there are no edges.
    """
    luma = small_luma(picture)
    fine, coarse = (_steepness(luma, reach) for reach in (_FINE, _COARSE))
    ratio = fine / np.maximum(coarse, 1e-6)  # 1 where blurred, 16 where sharp, more of fine texture
    room = np.maximum(ratio - 1, 1e-3)
    squares = np.maximum(_COARSE**2 - ratio * _FINE**2, 0) / room
    radii = np.minimum(np.sqrt(squares), _MOST)
    return np.where(coarse > _LEAST_SLOPE**2, radii, np.nan)


def _steepness(luma: np.ndarray, reach: float) -> Floats:
    """Mean squared slope of each cell after a blur."""
    across, down = slopes(smoothed(luma, reach))
    return cell_means(across**2 + down**2, GRID, GRID)
