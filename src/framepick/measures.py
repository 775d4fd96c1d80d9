"""Cheap numbers of a small picture, and the hard vetoes that follow from them.

Runs in the decoder's child process for every frame, so it needs numpy only and takes well under a
millisecond for a view of 224 x 224.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

import numpy as np
from numpy.typing import NDArray

from framepick.reasons import ReasonCode
from framepick.titles import is_title
from framepick.types import MEASURES_DTYPE, FrameMeasures, Pixels, Vectors

GRID = 28
"""Cells along a side over which luma and colour are averaged: sensor noise goes, subjects stay."""

BLACK_BELOW = 24 / 255
"""Luma under which a pixel is practically black."""
DIM_BELOW = 72 / 255
"""Brightest channel that a black pixel may have: deep blue has little luma, yet is no black."""
WHITE_ABOVE = 240 / 255
"""Luma over which a pixel is practically white."""

BLACK_SHARE = 0.985
WHITE_SHARE = 0.985
FLAT_LUMA_SPREAD = 0.006
FLAT_COLOUR_SPREAD = 0.008
"""Both spreads below these make a uniform card; the faintest skies and fogs have twice as much."""

_LUMA_WEIGHTS = np.array([77, 150, 29], np.uint16)  # BT.601 times 256, so that uint16 holds it all
_Luma = NDArray[np.float32]


def measure(
    view: Pixels, previous_luma: _Luma | None, is_damaged: bool
) -> tuple[FrameMeasures, _Luma]:
    """Measure a view (S, S, 3); also give its cell luma (G, G), to be passed with the next frame.

    `previous_luma` is None for the first frame, whose change is 0.
    """
    red, green, blue = (np.ascontiguousarray(view[..., i]) for i in range(3))
    fine_luma = red * _LUMA_WEIGHTS[0] + green * _LUMA_WEIGHTS[1] + blue * _LUMA_WEIGHTS[2]
    is_dim = np.maximum(np.maximum(red, green), blue) < round(DIM_BELOW * 255)
    is_black = (fine_luma < round(BLACK_BELOW * 255 * 256)) & is_dim
    is_white = fine_luma > round(WHITE_ABOVE * 255 * 256)
    cells = _cell_means(view)  # (G, G, 3)
    luma = cells @ (_LUMA_WEIGHTS.astype(np.float32) / np.float32(256))  # (G, G)
    differences = cells[..., [0, 2]] - luma[..., None]  # R - Y and B - Y
    change = 0.0 if previous_luma is None else float(np.abs(luma - previous_luma).mean())
    measures = FrameMeasures(
        luma_mean=float(luma.mean()),
        luma_spread=float(luma.std()),
        colour_spread=float(differences.std(axis=(0, 1)).max()),
        black_share=float(np.count_nonzero(is_black)) / is_black.size,
        white_share=float(np.count_nonzero(is_white)) / is_white.size,
        change=change,
        is_damaged=is_damaged,
        is_title=is_title((fine_luma >> 8).astype(np.uint8)),
        warmth=float((cells[..., 0] - cells[..., 2]).mean()),
        saturation=float((cells.max(axis=2) - cells.min(axis=2)).mean()),
        texture=_texture(luma),
    )
    return measures, luma


def as_rows(measures: Sequence[FrameMeasures]) -> NDArray[np.void]:
    """One row of `MEASURES_DTYPE` per frame, (T,)."""
    return np.array([astuple(one) for one in measures], dtype=MEASURES_DTYPE)


LOOK = ("luma_mean", "luma_spread", "colour_spread", "warmth", "saturation", "texture")
"""Measures that make the look of a picture: its light and colour, and how busy it is."""


def looks(measures: NDArray[np.void]) -> Vectors:
    """Give the looks (T, len(LOOK)) of the frames of `measures` (T,)."""
    return np.stack([measures[name] for name in LOOK], axis=1).astype(np.float32)


def vetoes(measures: NDArray[np.void]) -> NDArray[np.str_]:
    """Codes of the hard vetoes of the frames of `measures` (T,), '' where a frame has none.

    Of several vetoes of a frame, the first of excluded, damaged, title, black, white, flat counts.
    """
    flat = (measures["luma_spread"] < FLAT_LUMA_SPREAD) & (
        measures["colour_spread"] < FLAT_COLOUR_SPREAD
    )
    masks = {
        ReasonCode.EXCLUDED: measures["is_excluded"],
        ReasonCode.DAMAGED: measures["is_damaged"],
        ReasonCode.TITLE: measures["is_title"],
        ReasonCode.BLACK: measures["black_share"] >= np.float32(BLACK_SHARE),
        ReasonCode.WHITE: measures["white_share"] >= np.float32(WHITE_SHARE),
        ReasonCode.FLAT: flat,
    }
    return np.select(list(masks.values()), [np.array(code.value) for code in masks], np.array(""))


def _texture(luma: _Luma) -> float:
    steps = (np.abs(np.diff(luma, axis=axis)) for axis in (0, 1))
    return float(sum(step.mean() for step in steps if step.size)) / 2


def _cell_means(view: Pixels) -> NDArray[np.float32]:
    """Average (S, S, 3) over square cells, 0 to 1; a rest smaller than a cell does not count."""
    side = max(1, len(view) // GRID)
    count = len(view) // side
    used = view[: count * side, : count * side]
    rows = np.zeros((count, count * side, 3), np.uint16)  # contiguous sums first: they are faster
    for offset in range(side):
        rows += used[offset::side]
    columns = rows.reshape(count, count, side, 3)
    cells = np.zeros((count, count, 3), np.uint32)
    for offset in range(side):
        cells += columns[:, :, offset]
    means: NDArray[np.float32] = cells.astype(np.float32) / np.float32(255 * side * side)
    return means
