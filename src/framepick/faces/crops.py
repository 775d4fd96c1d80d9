"""The parts of a picture that the face networks see, and the way back to its pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

CROP_SIDE = 256
Box = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels."""
_MARGIN = 1.5
"""Side of the crop for points over the longer side of the face's box."""

Pixels = NDArray[np.uint8]
"""(H, W, 3) RGB."""
Floats = NDArray[np.floating]
Transform = NDArray[np.float64]
"""(2, 3), from pixels (x, y, 1) of a crop to pixels of the picture."""


def tiles(width: int, height: int, side: int, overlap: int) -> list[Box]:
    """Cover a picture with squares of `side` that overlap by `overlap` pixels at least."""
    columns, rows = _starts(width, side, overlap), _starts(height, side, overlap)
    return [(left, top, left + side, top + side) for top in rows for left in columns]


def _starts(extent: int, side: int, overlap: int) -> list[int]:
    count = max(1, -(-(extent - overlap) // (side - overlap)))
    return [round(at) for at in np.linspace(0, max(0, extent - side), count).tolist()]


def letterbox(picture: Pixels, side: int) -> tuple[Pixels, Transform]:
    """Fit a picture into a black square of `side` pixels, centred."""
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    fitted = (max(1, round(width * scale)), max(1, round(height * scale)))
    left, top = ((side - extent) // 2 for extent in fitted)
    small = Image.fromarray(picture).resize(fitted, Image.Resampling.BOX)
    square = np.zeros((side, side, 3), np.uint8)
    square[top : top + fitted[1], left : left + fitted[0]] = np.asarray(small)
    across, down = width / fitted[0], height / fitted[1]
    return square, np.array([[across, 0, -left * across], [0, down, -top * down]])


def upright_crop(centre: Floats, size: Floats, eyes: Floats) -> Transform:
    """Frame a face, with its (2, 2) eyes level, for a crop of `CROP_SIDE` pixels."""
    step = _MARGIN * float(size.max()) / CROP_SIDE
    across, down = eyes[1].astype(np.float64) - eyes[0]
    angle = np.arctan2(down, across)
    right = step * np.array([np.cos(angle), np.sin(angle)])
    below = np.array([-right[1], right[0]])
    origin = centre - (right + below) * CROP_SIDE / 2
    return np.stack([right, below, origin], axis=1)


def cut(picture: Pixels, transform: Transform) -> Pixels:
    """Give the (256, 256, 3) crop, black beyond the picture's border."""
    size = (CROP_SIDE, CROP_SIDE)
    kind, mode = Image.Transform.AFFINE, Image.Resampling.BILINEAR
    return np.asarray(
        Image.fromarray(picture).transform(size, kind, transform.ravel().tolist(), mode)
    )


def to_picture(points: Floats, transform: Transform) -> Floats:
    """Map points (..., 2) of a crop into the picture."""
    return np.asarray(points @ transform[:, :2].T + transform[:, 2], np.float32)
