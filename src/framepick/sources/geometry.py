"""How a stored picture has to be cropped, turned, mirrored and stretched to stand upright.

The display matrix is that of ISO/IEC 14496-12: nine numbers in 16.16 (the last column 2.30) that
map stored points (x, y) to shown ones, x' = a x + c y, y' = b x + d y. Only the eight matrices that
keep the pixel grid are followed; garbage counts as upright.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from framepick.types import Pixels

_GRID_TURNS: dict[tuple[int, int, int, int], tuple[int, bool]] = {
    # (a, b, c, d) -> (quarter turns anticlockwise, mirrored left to right before turning)
    (1, 0, 0, 1): (0, False),
    (0, 1, -1, 0): (3, False),
    (-1, 0, 0, -1): (2, False),
    (0, -1, 1, 0): (1, False),
    (-1, 0, 0, 1): (0, True),
    (1, 0, 0, -1): (2, True),
    (0, 1, 1, 0): (1, True),
    (0, -1, -1, 0): (3, True),
}
_MAX_STRETCH = 16


class Crop(NamedTuple):
    """Pixels to leave out at each side of a stored picture, before anything else is done to it."""

    left: int = 0
    right: int = 0
    top: int = 0
    bottom: int = 0

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Give the width and height that are left of a picture."""
        return width - self.left - self.right, height - self.top - self.bottom

    def fits(self, width: int, height: int) -> bool:
        """Tell whether anything is left of a picture."""
        return min(self.size(width, height)) > 0

    def cut(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Cut (H, W, ...) pixels; a view of them."""
        height, width = pixels.shape[:2]
        return pixels[self.top : height - self.bottom, self.left : width - self.right]


NO_CROP = Crop()


@dataclass(frozen=True, slots=True)
class Orientation:
    """What stands between a stored picture and the one that a player shows."""

    quarter_turns: int = 0
    """Anticlockwise, after mirroring."""
    mirrored: bool = False
    """Left and right change places before turning."""
    pixel_aspect: Fraction = Fraction(1)
    """Width of a stored pixel over its height."""
    crop: Crop = NO_CROP

    def turn(self, pixels: Pixels) -> Pixels:
        """Turn (H, W, 3) pixels upright; the aspect is the scaler's business."""
        if self.mirrored:
            pixels = pixels[:, ::-1]
        return np.ascontiguousarray(np.rot90(pixels, self.quarter_turns))

    def square_size(self, width: int, height: int) -> tuple[int, int]:
        """Cropped size with square pixels: the short side is stretched, none is shrunk."""
        width, height = self.crop.size(width, height)
        if self.pixel_aspect >= 1:
            return round(width * self.pixel_aspect), height
        return width, round(height / self.pixel_aspect)

    def shown_size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the upright picture with square pixels."""
        width, height = self.square_size(width, height)
        return (height, width) if self.quarter_turns % 2 else (width, height)


UPRIGHT = Orientation()


def orientation(
    display_matrix: bytes | None, pixel_aspect: Fraction | None, crop: Crop = NO_CROP
) -> Orientation:
    """Read a display matrix (36 bytes of native int32) and an aspect; either may be missing."""
    turns, mirrored = _read_matrix(display_matrix)
    aspect = pixel_aspect if pixel_aspect and pixel_aspect > 0 else Fraction(1)
    if not Fraction(1, _MAX_STRETCH) <= aspect <= _MAX_STRETCH:
        aspect = Fraction(1)
    return Orientation(turns, mirrored, aspect, crop)


def _read_matrix(display_matrix: bytes | None) -> tuple[int, bool]:
    if display_matrix is None or len(display_matrix) < 36:
        return 0, False
    a, b, _, c, d, *_ = struct.unpack("=9i", display_matrix[:36])
    scale = max(abs(value) for value in (a, b, c, d)) or 1
    key = (round(a / scale), round(b / scale), round(c / scale), round(d / scale))
    return _GRID_TURNS.get(key, (0, False))
