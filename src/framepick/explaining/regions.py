"""Connected parts of a grid of cells (pure)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from framepick.types import Flags, Floats, Pixels, Vectors

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, as shares of the picture."""


def regions_of(marked: Flags) -> list[Flags]:
    """Give the connected parts of a grid (R, C), each as (R, C), the largest first."""
    left, found = marked.copy(), []
    while left.any():
        region = _grown(left, int(np.flatnonzero(left)[0]))
        left &= ~region
        found.append(region)
    return sorted(found, key=lambda one: -int(one.sum()))


def box_around(region: Flags) -> Box:
    """Give the box around the cells of a region."""
    rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
    height, width = region.shape
    return (
        float(columns[0] / width),
        float(rows[0] / height),
        float((columns[-1] + 1) / width),
        float((rows[-1] + 1) / height),
    )


def around_region(region: Flags) -> Flags:
    """Mark the cells (R, C) beside those of a region."""
    beside = np.zeros_like(region)
    for shifted in _neighbours(region):
        beside |= shifted
    return beside & ~region


def border_cells(region: Flags) -> int:
    """Count the cells of a region at each border of the grid; one in a corner counts twice."""
    sides = (region[0], region[-1], region[:, 0], region[:, -1])
    return int(sum(side.sum() for side in sides))


def cell_means(values: Vectors, rows: int, columns: int) -> Floats:
    """Average values (H, W) over cells (rows, columns); none is empty."""
    height, width = values.shape
    down = _edges(height, rows)
    across = _edges(width, columns)
    sums = np.add.reduceat(np.add.reduceat(values.astype(np.float64), down, 0), across, 1)
    sizes = np.outer(np.diff(np.append(down, height)), np.diff(np.append(across, width)))
    return np.asarray(sums / sizes, np.float64)


def small_luma(picture: Pixels, side: int = 480) -> Vectors:
    """Give the luma (h, w), 0 to 255, of a picture (H, W, 3), about `side` pixels long at most."""
    factor = max(1, round(max(picture.shape[:2]) / side))
    factor = min(factor, *picture.shape[:2])
    height, width = (length // factor for length in picture.shape[:2])
    used = picture[: height * factor, : width * factor]
    rows = used.reshape(height, factor, width * factor, 3).mean(axis=1, dtype=np.float32)
    cells = rows.reshape(height, width, factor, 3).mean(axis=2)
    return np.asarray(cells @ np.array([0.299, 0.587, 0.114], np.float32), np.float32)


def smoothed(luma: Vectors, reach: float) -> Vectors:
    """Blur (H, W) by a Gaussian with a standard deviation of `reach` pixels."""
    half = max(1, round(3 * reach))
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / reach) ** 2)
    kernel = (kernel / kernel.sum()).astype(np.float32)
    for axis in (0, 1):
        luma = _along(luma, kernel, axis)
    return luma


def slopes(luma: Vectors) -> tuple[Vectors, Vectors]:
    """Give the slopes across and down (H, W) of a luma, a pixel; 0 at the border."""
    across, down = np.zeros_like(luma), np.zeros_like(luma)
    across[:, 1:-1] = (luma[:, 2:] - luma[:, :-2]) / 2
    down[1:-1] = (luma[2:] - luma[:-2]) / 2
    return across, down


def _grown(marked: Flags, start: int) -> Flags:
    region = np.zeros_like(marked)
    region.flat[start] = True
    while True:
        wider = region.copy()
        for shifted in _neighbours(region):
            wider |= shifted
        wider &= marked
        if np.array_equal(wider, region):
            return region
        region = wider


def _neighbours(region: Flags) -> Iterator[Flags]:
    padded = np.pad(region, 1)
    yield from (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:])


def _edges(length: int, parts: int) -> np.ndarray:
    """Where each part begins, of at most `length` parts."""
    return np.arange(min(parts, length)) * length // min(parts, length)


def _along(luma: Vectors, kernel: Vectors, axis: int) -> Vectors:
    half, length = len(kernel) // 2, luma.shape[axis]
    padded = np.pad(luma, [(half, half) if one == axis else (0, 0) for one in (0, 1)], mode="edge")
    parts = (
        padded[at : at + length] if axis == 0 else padded[:, at : at + length]
        for at in range(len(kernel))
    )
    return np.asarray(
        sum(weight * part for weight, part in zip(kernel, parts, strict=True)), np.float32
    )
