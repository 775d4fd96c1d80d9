"""The pictures that clips are made of: photographs free to use, and drawn ones.

The photographs come with scikit-image; LICENSES.md says who took them and under which terms.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""(H, W, 3) RGB, 0 to 255."""
Floats = NDArray[np.float32]
Colour = tuple[float, float, float]

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "hubble_deep_field", "rocket")
DRAWN_SIZE = (1280, 720)


@cache
def load(name: str, size: tuple[int, int] | None = None) -> Pixels:
    """Give the picture `name`, read-only: a photograph or a drawing.

    With `size` (width, height) it is scaled to cover that size and cut to it around the centre;
    without, a photograph keeps its own size and a drawing has `DRAWN_SIZE`.
    """
    if name in PHOTOGRAPHS:
        photograph: Pixels = getattr(skimage.data, name)()[..., :3]
        picture = photograph if size is None else cover(photograph, size)
    elif name in DRAWINGS:
        width, height = size or DRAWN_SIZE
        picture = _finish(DRAWINGS[name](width, height))
    else:
        raise ValueError(f"no picture {name!r}, only {', '.join(names())}")
    picture.setflags(write=False)
    return picture


def names() -> tuple[str, ...]:
    """Name every picture that `load` knows."""
    return (*PHOTOGRAPHS, *sorted(DRAWINGS))


def flat(colour: tuple[int, int, int], size: tuple[int, int] = (64, 36)) -> Pixels:
    """Give a picture of one colour."""
    return np.full((size[1], size[0], 3), colour, np.uint8)


def cover(picture: Pixels, size: tuple[int, int]) -> Pixels:
    """Scale `picture` until it covers `size` (width, height) and cut the rest off evenly."""
    width, height = size
    scale = max(width / picture.shape[1], height / picture.shape[0])
    wide = max(width, round(picture.shape[1] * scale))
    high = max(height, round(picture.shape[0] * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LANCZOS4
    scaled = cv2.resize(picture, (wide, high), interpolation=method)
    left, top = (wide - width) // 2, (high - height) // 2
    return np.array(scaled[top : top + height, left : left + width], np.uint8)


def _landscape(width: int, height: int) -> Floats:
    """Draw hills at sunset above a lake."""
    x, y = _grid(width, height)
    sun = np.hypot(x - 0.64 * width / height, y - 0.36)
    canvas = _blend((0.16, 0.30, 0.62), (0.99, 0.74, 0.45), np.clip(y / 0.55, 0, 1))
    canvas = _over(canvas, (1.0, 0.86, 0.55), 0.6 * np.exp(-((sun / 0.22) ** 2)))
    canvas = _over(canvas, (1.0, 0.97, 0.82), _soft(0.055 - sun, 0.004))
    for row, (base, relief, colour) in enumerate(_HILLS):
        ridge = base - relief * sum(
            np.sin(x * frequency * (1.3 + 0.4 * row) + 1.7 * row * frequency) / frequency
            for frequency in (2.0, 4.7, 11.3, 23.9)
        )
        canvas = _over(canvas, colour, _soft(y - ridge, 0.002))
    depth = np.clip(y - 0.8, 0.001, None)
    shore = _soft(y - 0.8, 0.002)
    canvas = _over(canvas, (0.30, 0.42, 0.55), shore * 0.9)
    glint = np.exp(-(((x - 0.64 * width / height) / (0.05 + depth)) ** 2))
    glint *= np.sin(9 / (depth + 0.03) + 2 * np.sin(14 * x)) ** 2
    return _over(canvas, (1.0, 0.84, 0.58), 0.7 * shore * glint)


_HILLS: tuple[tuple[float, float, Colour], ...] = (
    (0.52, 0.09, (0.50, 0.45, 0.60)),
    (0.62, 0.07, (0.28, 0.36, 0.44)),
    (0.74, 0.05, (0.10, 0.22, 0.20)),
)


def _balloons(width: int, height: int) -> Floats:
    """Draw three striped balloons in a blue sky."""
    x, y = _grid(width, height)
    canvas = _blend((0.20, 0.45, 0.80), (0.85, 0.92, 0.97), y)
    for across, down, radius, colour in _BALLOONS:
        u, v = (x - across * width / height) / radius, (y - down) / radius
        v = np.where(v > 0, v * 0.8, v)
        inside = _soft(1 - np.hypot(u * (1 + 0.25 * np.clip(v, 0, None)), v), 0.02)
        stripes = np.sin(7 * np.arcsin(np.clip(u / np.sqrt(np.clip(1 - v**2, 0.01, 1)), -1, 1)))
        canvas = _over(canvas, colour, inside)
        canvas = _over(canvas, (0.98, 0.95, 0.85), inside * _soft(stripes, 0.1))
        canvas = _over(canvas, (0.05, 0.05, 0.15), 0.35 * inside * np.clip(u, 0, 1))
        basket = _soft(0.13 - np.maximum(np.abs(u), np.abs(v - 1.25)), 0.02)
        canvas = _over(canvas, (0.35, 0.22, 0.12), basket)
    return canvas


_BALLOONS: tuple[tuple[float, float, float, Colour], ...] = (
    (0.36, 0.40, 0.24, (0.85, 0.16, 0.15)),
    (0.68, 0.26, 0.13, (0.98, 0.72, 0.10)),
    (0.80, 0.62, 0.09, (0.15, 0.50, 0.35)),
)


def _patches(width: int, height: int) -> Floats:
    """Draw a chart of 6 x 4 patches, colours in three rows and greys in the last."""
    x, y = _grid(width, height)
    column, row = x * height / width * 6, y * 4
    hue = (column.astype(int) + 6 * row.astype(int)) / 18
    colour = np.stack([0.5 + 0.4 * np.cos(6.2832 * (hue + k / 3)) for k in range(3)], axis=-1)
    grey = np.repeat((column.astype(int) / 5)[..., None] * 0.9 + 0.05, 3, axis=-1)
    chart = np.where((row >= 3)[..., None], grey, colour)
    inside = (np.abs(column % 1 - 0.5) < 0.44) & (np.abs(row % 1 - 0.5) < 0.44)
    return np.where(inside[..., None], chart, 0.08).astype(np.float32)


DRAWINGS: dict[str, Callable[[int, int], Floats]] = {
    "balloons": _balloons,
    "landscape": _landscape,
    "patches": _patches,
}


def _grid(width: int, height: int) -> tuple[Floats, Floats]:
    """Give x and y of every pixel, both in units of the height."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / height
    return x, y


def _soft(distance: Floats, edge: float) -> Floats:
    """Cover 1 where `distance` is positive and 0 where not, over a soft edge."""
    return np.asarray(np.clip(distance / edge + 0.5, 0, 1), np.float32)


def _blend(first: Colour, second: Colour, share: Floats) -> Floats:
    return _over(np.full((*share.shape, 3), first, np.float32), second, share)


def _over(canvas: Floats, colour: Colour, cover_share: Floats) -> Floats:
    return canvas + cover_share[..., None] * (np.array(colour, np.float32) - canvas)


def _finish(canvas: Floats) -> Pixels:
    """Round to 8 bits with a fine fixed grain, so that no area is perfectly even."""
    grain = np.random.default_rng(0).normal(0, 1.5, canvas.shape[:2])[..., None]
    return np.clip(np.rint(canvas * 255 + grain), 0, 255).astype(np.uint8)
