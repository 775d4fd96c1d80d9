"""Heat maps over pictures: what lifts a score in orange, what lowers it in blue."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from framepick.types import Floats, Pixels

LONGEST_SIDE = 1600
LIFTS = np.array([255, 140, 0], np.float32)
LOWERS = np.array([40, 110, 255], np.float32)
LEAST_POINTS = 0.06
"""The strongest part of a map counts as at least this strong, so that nothing is made of noise."""
_OPAQUE = 0.72
_COLOUR_KEPT = 0.35
_LIGHT_KEPT = 0.8


def heat_map(picture: Pixels, gains: Floats, side: int = LONGEST_SIDE) -> Pixels:
    """Lay the gains (G, G) over a picture (H, W, 3), made `side` pixels long at most."""
    base = _muted(_within(picture, side))
    strength = _strength(gains, base.shape[1], base.shape[0])[..., None]
    tint = np.where(strength > 0, LIFTS, LOWERS)
    share = np.abs(strength) * _OPAQUE
    return np.clip(base * (1 - share) + tint * share, 0, 255).astype(np.uint8)


def _strength(gains: Floats, width: int, height: int) -> NDArray[np.float32]:
    """Give (H, W) from -1 to 1; what is weaker than half the strongest fades fast."""
    scale = max(float(np.abs(gains).max()), LEAST_POINTS)
    even = cv2.resize(
        (gains / scale).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    even = np.clip(even, -1, 1)
    return np.asarray(np.sign(even) * np.abs(even) ** 1.3, np.float32)


def _muted(picture: Pixels) -> NDArray[np.float32]:
    """Take most of the colour and some of the light out of a picture."""
    pixels = picture.astype(np.float32)
    grey = pixels @ np.array([0.299, 0.587, 0.114], np.float32)
    mixed = grey[..., None] * (1 - _COLOUR_KEPT) + pixels * _COLOUR_KEPT
    return np.asarray(mixed * _LIGHT_KEPT, np.float32)


def _within(picture: Pixels, side: int) -> Pixels:
    height, width = picture.shape[:2]
    factor = side / max(height, width)
    if factor >= 1:
        return picture
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
