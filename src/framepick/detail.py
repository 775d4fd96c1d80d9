"""Measures of a full-size picture beyond those of its view: fine structure, and combing.

They run in the decoder process for the frames around a peak, so they need numpy only. They are
compared between neighbouring frames; none says anything on its own.
"""

from __future__ import annotations

from typing import Literal

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
WOVEN_SHARE = 0.01
"""Combing below which a picture counts as one of a single instant."""
_ORDER_RATIO = 1.25
"""Misfit of the wrong order of fields over that of the right one: 1.3 to 2.0 where two instants are
woven, 1.0 to 1.1 where fine lines of the scene move."""
_FITTING = 0.8
"""Misfit of the right order over that of the picture's own fields, at most: 0.5 to 0.7 where two
instants are woven, as teeth are where its own fields fit badly."""
_MISFITTING = 0.6
"""Misfit of the wrong order over that of the picture's own fields, at least: 0.85 to 1.3 where two
instants are woven. Lines that change places fit both ways."""
_SMALLEST = (2 ** (SCALES - 1)) * 2

Luma = NDArray[np.uint8]
"""(H, W)."""
FieldOrder = Literal["top", "bottom"]
"""Which field of a picture shows the earlier instant; the top one has its first line."""


def structure(luma: Luma) -> NDArray[np.float32]:
    """Measure the fine structure of each tile, (ROWS, COLUMNS, SCALES, 2).

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
    """Average luma over (GRID, GRID) cells, 0 to 1."""
    luma = _at_least(luma)
    means = _means(luma, GRID, GRID)
    means /= np.float32(255)
    return means


def combing(luma: Luma) -> float:
    """Measure the share of pixels that stand out from the lines above and below, which agree.

    Looked for in one column of four. Fine horizontal lines of the scene look alike: only a rise
    over other frames tells, or `field_order`.
    """
    teeth = _teeth(luma)
    return float(np.count_nonzero(teeth) / teeth.size) if teeth.size else 0.0


def field_order(luma: Luma, before: Luma | None, after: Luma | None) -> FieldOrder | None:
    """Tell which field of a combed picture came first; None for a picture of one instant.

    `before` and `after` are its neighbours as shown, of the same size; either may be missing. Where
    two instants are woven, one field fits the other field of a neighbour as well as that of its own
    picture, and the other does not. Fine lines of the scene fit all their neighbours alike.
    """
    teeth = _teeth(luma)
    if np.count_nonzero(teeth) < WOVEN_SHARE * teeth.size or not teeth.size:
        return None
    own = _misfits(luma, luma, teeth).mean()
    misfits = [_order_misfits(luma, after, teeth, 0), _order_misfits(luma, before, teeth, 1)]
    # of two neighbours one may show another shot, or none
    top, bottom = min(misfits, key=min)
    right, wrong = min(top, bottom), max(top, bottom)
    if right > _FITTING * own or wrong < max(_ORDER_RATIO * right, _MISFITTING * own):
        return None
    return "top" if top < bottom else "bottom"


def _order_misfits(
    luma: Luma, other: Luma | None, teeth: NDArray[np.bool_], first: int
) -> tuple[float, float]:
    """Measure how badly `other` fits if the top field comes first, and if the bottom field does.

    `first` is the field, 0 for the top one, that `other` gives where the top field comes first.
    """
    if other is None:
        return np.inf, np.inf
    misfits = _misfits(luma, other, teeth)
    return float(misfits[first]), float(misfits[1 - first])


def _teeth(luma: Luma) -> NDArray[np.bool_]:
    """Give (H - 4, W / 4), True where a line stands out from those beside it, and these agree."""
    lines = luma[:, ::4].astype(np.int16)
    if len(lines) < 5:
        return np.zeros((0, 0), np.bool_)
    middle = lines[2:-2]
    above, below = middle - lines[1:-3], middle - lines[3:-1]
    tooth = (np.minimum(np.abs(above), np.abs(below)) > _COMB_LEVELS) & ((above > 0) == (below > 0))
    even = np.abs(middle - lines[:-4]) + np.abs(middle - lines[4:])
    return np.asarray(tooth & (even < np.abs(above) + np.abs(below) - _COMB_LEVELS))


def _misfits(luma: Luma, other: Luma, teeth: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Sum how badly the top field and the bottom field of `other` fit between lines of `luma`.

    Absolute differences are counted where there are `teeth`.
    """
    lines, between = luma[:, ::4].astype(np.int16), other[:, ::4].astype(np.int16)
    steps = np.abs(lines[1:-3] + lines[3:-1] - 2 * between[2:-2])
    return np.array([steps[field::2][teeth[field::2]].sum() for field in (0, 1)], np.float64)


def _squared_steps(luma: Luma, axis: int) -> NDArray[np.uint16]:
    ahead, behind = (luma[:, 1:], luma[:, :-1]) if axis else (luma[1:], luma[:-1])
    steps = np.maximum(ahead, behind)
    steps -= np.minimum(ahead, behind)  # stays in 8 bits, where numpy is fastest
    return np.square(steps, dtype=np.uint16)


def _means(values: NDArray[np.unsignedinteger], rows: int, columns: int) -> NDArray[np.float32]:
    """Average (H, W) over rows x columns tiles; a rest at the edges is ignored."""
    height, width = values.shape[0] // rows, values.shape[1] // columns
    used = values[: rows * height, : columns * width]
    lines = used.reshape(rows, height, columns * width).sum(axis=1, dtype=np.uint32)
    sums = lines.reshape(rows, columns, width).sum(axis=2, dtype=np.uint64)
    means: NDArray[np.float32] = (sums / np.float64(height * width)).astype(np.float32)
    return means


def _halved(luma: Luma) -> Luma:
    """Average each 2 x 2 pixels; an odd last line or column is ignored."""
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
