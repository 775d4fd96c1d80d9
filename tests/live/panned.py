"""Views of a wide picture, as a camera sees it that turns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from framepick.types import Pixels

SIDE = 128
"""Side of a view in pixels."""


def wide(seed: int = 0, width: int = 640, height: int = 256) -> NDArray[np.float64]:
    """Draw a scene (height, width), 0 to 255, with structure at all scales; no part repeats."""
    rng = np.random.default_rng(seed)
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)
    waves = np.fft.rfft2(rng.normal(size=(height, width)))
    drawn = np.fft.irfft2(waves / (0.01 + np.hypot(rows, columns)), (height, width))
    return np.asarray(128 + 45 * (drawn - drawn.mean()) / drawn.std())


def view(
    scene: NDArray[np.float64], x: float, y: float = 0.5, grain: float = 0.0, gain: float = 1.0
) -> Pixels:
    """Show what lies `x` widths and `y` heights of a view from the scene's upper left corner."""
    left, top = round(x * SIDE), round(y * SIDE)
    part = scene[top : top + SIDE, left : left + SIDE] * gain
    assert part.shape == (SIDE, SIDE), "the view leaves the scene"
    noise = np.random.default_rng(left + 1000 * top).normal(0, grain, part.shape) if grain else 0
    return as_view(part + noise)


def as_view(luma: NDArray[np.float64]) -> Pixels:
    """Give a grey view (S, S, 3) of luma (S, S)."""
    return np.repeat(np.clip(np.rint(luma), 0, 255).astype(np.uint8)[..., None], 3, axis=2)
