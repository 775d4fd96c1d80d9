"""The score of the last minute as block characters (pure)."""

from __future__ import annotations

import math

import numpy as np
from rich.text import Text

from framepick.live.state import LiveState
from framepick.types import Floats

SPAN_SECONDS = 60.0
LEAST_RANGE = 0.5
"""Points of the score that the axis shows at least."""
_BLOCKS = " ▁▂▃▄▅▆▇█"
_LABEL = 5
"""Columns of the numbers at the left."""
_CURVE, _PICK, _SOFT = "sky_blue2", "orange3", "bright_black"


def curve_lines(state: LiveState, columns: int, rows: int) -> list[Text]:
    """Draw the curve in `rows` lines and an axis; columns with a kept still stand out."""
    wide = max(columns - _LABEL, 8)
    values = column_levels(state, wide)
    low, high = _bounds(values)
    numbers = {0: f"{high:4.1f} ", rows - 1: f"{low:4.1f} "} if len(state.level) else {}
    heights = np.nan_to_num((values - low) / (high - low)) * rows * 8
    heights = np.where(np.isfinite(values), np.maximum(heights, 1), 0)
    kept = _kept_columns(state, wide)
    lines = []
    for row in range(rows):
        line = Text(numbers.get(row, " " * _LABEL), _SOFT, no_wrap=True)
        filled = np.clip(heights - 8 * (rows - 1 - row), 0, 8).astype(int)
        for at, eighths in enumerate(filled.tolist()):
            line.append(_BLOCKS[eighths], _PICK if at in kept else _CURVE)
        lines.append(line)
    return [*lines, _axis(wide)]


def column_levels(state: LiveState, columns: int) -> Floats:
    """Give the mean level in each of `columns` (C,) that make up the last minute; NaN for none."""
    at = _column(state.times_seconds, state.seconds, columns)
    used = (at >= 0) & np.isfinite(state.level)
    sums = np.bincount(at[used], state.level[used], minlength=columns)
    counts = np.bincount(at[used], minlength=columns)
    found = np.where(counts, sums / np.maximum(counts, 1), np.nan)
    return _bridged(found)


def _column(seconds: Floats, now: float, columns: int) -> np.typing.NDArray[np.int64]:
    share = 1.0 - (now - np.asarray(seconds)) / SPAN_SECONDS
    return np.minimum(np.floor(share * columns), columns - 1).astype(np.int64)


def _bridged(values: Floats) -> Floats:
    """Fill single empty columns, which come of few frames a second."""
    before, after = np.roll(values, 1), np.roll(values, -1)
    between = (before + after) / 2
    between[[0, -1]] = np.nan
    return np.where(np.isnan(values), between, values)


def _kept_columns(state: LiveState, columns: int) -> set[int]:
    seconds = np.array([still.seconds for still in state.kept])
    return set(_column(seconds, state.seconds, columns).tolist()) - {-1}


def _bounds(values: Floats) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    room = max(LEAST_RANGE - (high - low), 0.1) / 2
    low = max(math.floor(10 * (low - room)) / 10, 0.0)
    return low, math.ceil(10 * (high + room)) / 10


def _axis(columns: int) -> Text:
    left, right = "60 s ago", "now"
    middle = "30 s" if columns >= 40 else ""
    line = left + middle.center(columns - len(left) - len(right)) + right
    return Text(" " * _LABEL + line, _SOFT, no_wrap=True)
