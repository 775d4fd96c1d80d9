"""What a full-size picture shows beyond its view: fine structure, and combing.

Runs in the decoder's child process for the frames around a peak, so it needs numpy only. All
numbers are compared between neighbouring frames; none says anything on its own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROWS, COLUMNS = 9, 16
"""Tiles of a picture."""
SCALES = 3
"""Full size, half and a quarter."""
GRID = 32
"""Cells along a side of the small luma."""
MOST_PIXELS = 4_200_000
"""Larger pictures are halved first, which a lens and a compressor have mostly done already."""
_COMB_LEVELS = 12
"""Least step, of 255, from a line to both of its neighbours that may be a comb's tooth."""
_SMALLEST = (2 ** (SCALES - 1)) * 2

Luma = NDArray[np.uint8]
"""(H, W)."""


def structure(luma: Luma) -> NDArray[np.float32]:
    """Fine structure of each tile, (ROWS, COLUMNS, SCALES, 2).

    Mean squared differences of neighbouring pixels along x and along y, luma from 0 to 1, at each
    scale from the finest. A blur spreads an edge over more pixels, so the squares shrink where
    plain differences would not.
    """
    luma = _at_least(luma)
    if luma.size > MOST_PIXELS:
        luma = _halved(luma)
    found = np.zeros((ROWS, COLUMNS, SCALES, 2), np.float32)
    for scale in range(SCALES):
        for axis in (1, 0):
            found[:, :, scale, 1 - axis] = _means(_squared_steps(luma, axis), ROWS, COLUMNS)
        luma = _halved(luma)
    found /= np.float32(255**2)
    return found


def cells(luma: Luma) -> NDArray[np.float32]:
    """Mean luma of (GRID, GRID) cells, 0 to 1."""
    luma = _at_least(luma)
    means = _means(luma, GRID, GRID)
    means /= np.float32(255)
    return means


def combing(luma: Luma) -> float:
    """Share of pixels that differ from the lines above and below, while every second line agrees.

    Looked for in one column of four; fine horizontal lines of the scene look alike, so only a rise
    over other frames tells.
    """
    lines = luma[:, ::4].astype(np.int16)
    if len(lines) < 5:
        return 0.0
    middle = lines[2:-2]
    above, below = middle - lines[1:-3], middle - lines[3:-1]
    tooth = (np.minimum(np.abs(above), np.abs(below)) > _COMB_LEVELS) & ((above > 0) == (below > 0))
    even = np.abs(middle - lines[:-4]) + np.abs(middle - lines[4:])
    woven = tooth & (even < np.abs(above) + np.abs(below) - _COMB_LEVELS)
    return float(np.count_nonzero(woven) / woven.size)


def _squared_steps(luma: Luma, axis: int) -> NDArray[np.uint16]:
    ahead, behind = (luma[:, 1:], luma[:, :-1]) if axis else (luma[1:], luma[:-1])
    steps = np.maximum(ahead, behind)
    steps -= np.minimum(ahead, behind)  # stays in 8 bits, where numpy is fastest
    return np.square(steps, dtype=np.uint16)


def _means(values: NDArray[np.unsignedinteger], rows: int, columns: int) -> NDArray[np.float32]:
    """Mean over each of rows x columns tiles of (H, W); a rest at the edges is left out."""
    height, width = values.shape[0] // rows, values.shape[1] // columns
    used = values[: rows * height, : columns * width]
    lines = used.reshape(rows, height, columns * width).sum(axis=1, dtype=np.uint32)
    sums = lines.reshape(rows, columns, width).sum(axis=2, dtype=np.uint64)
    means: NDArray[np.float32] = (sums / np.float64(height * width)).astype(np.float32)
    return means


def _halved(luma: Luma) -> Luma:
    """Mean of each 2 x 2 pixels; an odd last line or column is left out."""
    height, width = luma.shape[0] // 2 * 2, luma.shape[1] // 2 * 2
    used = luma[:height, :width].astype(np.uint16)
    rows = used[0::2] + used[1::2]
    return ((rows[:, 0::2] + rows[:, 1::2] + 2) >> 2).astype(np.uint8)


def _at_least(luma: Luma) -> Luma:
    """Repeat the pixels of tiny pictures until each tile has some at every scale."""
    need = max(GRID, max(ROWS, COLUMNS) * _SMALLEST)
    down, across = (-(-need // side) for side in luma.shape)
    if max(down, across) == 1:
        return luma
    return np.repeat(np.repeat(luma, down, axis=0), across, axis=1)
