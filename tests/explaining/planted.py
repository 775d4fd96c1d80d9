"""Pictures with a fault that is put into them at a known place."""

from __future__ import annotations

import cv2
import numpy as np

from framepick.types import Floats, Pixels

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, as shares of the picture."""


def with_bright_spot(picture: Pixels, box: Box) -> Pixels:
    """Burn an oval out to white."""
    height, width = picture.shape[:2]
    down, across = np.mgrid[:height, :width]
    left, top, right, bottom = box
    x = ((across + 0.5) / width - (left + right) / 2) / ((right - left) / 2)
    y = ((down + 0.5) / height - (top + bottom) / 2) / ((bottom - top) / 2)
    share = np.clip(2 * (1 - np.hypot(x, y)), 0, 1)[..., None]
    return np.asarray(np.rint(picture + share * (255.0 - picture)), np.uint8)


def with_blurred_patch(picture: Pixels, box: Box, radius: float = 0.02) -> Pixels:
    """Blur a box by a Gaussian of that share of the longer side, with soft edges."""
    height, width = picture.shape[:2]
    left, top, right, bottom = box
    mask = np.zeros((height, width), np.float32)
    mask[
        round(top * height) : round(bottom * height), round(left * width) : round(right * width)
    ] = 1
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), 3), np.float32)[..., None]
    blurred = cv2.GaussianBlur(picture, (0, 0), radius * max(height, width))
    return np.asarray(np.rint(picture * (1 - mask) + blurred * mask), np.uint8)


def cells_within(box: Box, grid: int) -> Floats:
    """Give (grid, grid), 1.0 where the middle of a cell lies in the box."""
    middles = (np.arange(grid) + 0.5) / grid
    left, top, right, bottom = box
    inside = ((middles >= top) & (middles < bottom))[:, None] & (
        (middles >= left) & (middles < right)
    )[None]
    return inside.astype(np.float64)
