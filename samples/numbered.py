"""Frames that carry their own number, readable after lossy coding, scaling and rotation back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from samples.pictures import Pixels, load

BITS = 14
HIGHEST = 2**BITS - 1
BAND_SHARE = 1 / 6
"""Height of the bar code along the lower edge, as a share of the frame's height."""


def numbered(count: int, size: tuple[int, int] = (320, 180), first: int = 0) -> Iterator[Pixels]:
    """Give frames (H, W, 3) of `size` (width, height), each with its number from `first` on.

    The upper part is a drawn landscape that moves sideways; the lower edge is a bar code of a
    white block, `BITS` blocks that are white for 1, highest bit first, and a black block.
    """
    width, height = size
    if not 0 <= first <= first + count - 1 <= HIGHEST:
        raise ValueError(f"numbers must lie between 0 and {HIGHEST}")
    scenery = load("landscape", size)
    band = round(height * (1 - BAND_SHARE))
    edges = _edges(width)
    for number in range(first, first + count):
        frame = np.roll(scenery, -2 * number, axis=1)
        blocks = [1, *(number >> bit & 1 for bit in reversed(range(BITS))), 0]
        for block, (left, right) in zip(blocks, pairwise(edges), strict=True):
            frame[band:, left:right] = 235 if block else 20
        yield frame


def read_number(pixels: NDArray[Any]) -> int:
    """Read the number of a frame (H, W, 3) of any size; ValueError where there is none."""
    height, width = pixels.shape[:2]
    strip = pixels[round(height * (1 - BAND_SHARE / 2)) :].mean(axis=(0, 2))  # (W,)
    edges = _edges(width)
    margin = max(1, width // (4 * (BITS + 2)))
    levels = [
        float(strip[left + margin : right - margin].mean()) for left, right in pairwise(edges)
    ]
    if levels[0] < 160 or levels[-1] > 96:
        raise ValueError("the frame carries no number")
    return sum(
        (level > 128) << bit for level, bit in zip(levels[1:-1], reversed(range(BITS)), strict=True)
    )


def _edges(width: int) -> list[int]:
    """Give the columns where the blocks of the bar code begin, and the last one's end."""
    return [round(width * n / (BITS + 2)) for n in range(BITS + 3)]
