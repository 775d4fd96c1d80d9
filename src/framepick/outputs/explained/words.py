"""Explanations of pictures in words, and as JSON takes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from framepick.explaining.explainer import Explanation
from framepick.outputs.text import share
from framepick.types import Floats

LEAST_POINTS = 0.03
"""Points that are worth a word."""
_MOST_FAULTS = 3
_ROWS = ("upper", "middle", "lower")
_COLUMNS = ("left", "middle", "right")
_FAULTS = {
    "motion_blur": "motion blur",
    "defocus": "being out of focus",
    "underexposure": "being too dark",
    "overexposure": "being too bright",
    "noise": "noise",
    "colour_cast": "a colour cast",
    "washed_out": "faint contrast",
    "compression": "compression",
    "upscaled": "a source that is too small",
    "tilt": "a tilt",
    "bad_crop": "a bad crop",
    "backlight": "light from behind",
    "mixed": "several faults at once",
}


def lines_of(explanation: Explanation) -> Iterator[str]:
    """Say why a picture scores as it does; lines begin in lower case and have no full stop."""
    gains = explanation.gains
    standing = share(explanation.percentile)
    yield f"score {explanation.score:.2f}, {standing} of the reference pictures"
    if gains.max() >= LEAST_POINTS:
        yield f"lifted most by what is {place_of(gains)} ({gains.max():+.2f})"
    if gains.min() <= -LEAST_POINTS:
        yield f"lowered most by what is {place_of(-gains)} ({gains.min():+.2f})"
    yield from _faults(explanation)


def described(explanation: Explanation) -> dict[str, Any]:
    """Describe an explanation as JSON takes it."""
    return {
        "score": round(explanation.score, 4),
        "percentile": round(explanation.percentile, 1),
        "deductions": {name: round(it, 4) for name, it in explanation.deductions.items()},
        "gains": np.round(explanation.gains, 4).tolist(),
        "text": list(lines_of(explanation)),
    }


def place_of(strengths: Floats) -> str:
    """Name the place of the strongest part of a map (G, G): in the upper left."""
    down, across = np.unravel_index(int(strengths.argmax()), strengths.shape)
    return in_words((across + 0.5) / strengths.shape[1], (down + 0.5) / strengths.shape[0])


def in_words(across: float, down: float) -> str:
    """Name a place, in shares of width and height from the upper left."""
    row, column = (min(int(share * 3), 2) for share in (down, across))
    if row == column == 1:
        return "in the middle"
    if column == 1:
        return "at the top" if row == 0 else "at the bottom"
    if row == 1:
        return f"on the {_COLUMNS[column]}"
    return f"in the {_ROWS[row]} {_COLUMNS[column]}"


def _faults(explanation: Explanation) -> Iterator[str]:
    found = sorted(explanation.deductions.items(), key=lambda item: -item[1])
    worth = [(name, points) for name, points in found if points >= LEAST_POINTS][:_MOST_FAULTS]
    if worth:
        listed = ", ".join(f"{_FAULTS[name]} {points:.2f}" for name, points in worth)
        yield f"points taken off for {listed}"
