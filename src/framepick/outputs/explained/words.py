"""Explanations of pictures in words, and as JSON takes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from framepick.explaining.explainer import Explanation
from framepick.explaining.findings import Finding, FindingKind
from framepick.explaining.methods import Method
from framepick.explaining.regions import Box
from framepick.explaining.what_if import SmallestChange
from framepick.outputs.text import share
from framepick.types import Floats

LEAST_POINTS = 0.03
"""Points that are worth a word."""
_MOST_FAULTS = 3
_ROWS = ("upper", "middle", "lower")
_COLUMNS = ("left", "middle", "right")
_EVERYWHERE = 0.5
"""Share of a picture from which on a change counts as one of all of it."""
_EDITS = {
    "brightness": ("brighter", "darker"),
    "contrast": ("richer in contrast", "poorer in contrast"),
    "warmth": ("warmer", "cooler"),
    "saturation": ("more vivid", "paler"),
    "sharpness": ("sharper", "blurred"),
}
"""What a picture is with more, and with less."""
_METHODS = {
    Method.GUIDED: "guided back-propagation",
    Method.SMOOTH: "smooth gradients",
}
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
    if explanation.saliency is not None:
        where, how = place_of(explanation.saliency), _METHODS[explanation.method]
        yield f"hangs most on what is {where} (by {how})"
    yield from _faults(explanation)
    yield from (FOUND[one.kind](one) for one in explanation.findings)
    for change in (explanation.lift, explanation.drop):
        if change:
            yield _change(change)


def _soft(finding: Finding) -> str:
    return f"soft {_centre(finding.box)}, against the sharpest parts of the picture"


def _burnt_out(finding: Finding) -> str:
    return f"burnt out {_centre(finding.box)} ({finding.values['share']:.0%} of the picture)"


def _leaning(finding: Finding) -> str:
    degrees = finding.values["degrees"]
    return f"leans by {abs(degrees):.1f} degrees to the {'right' if degrees > 0 else 'left'}"


FOUND = {
    FindingKind.SOFT: _soft,
    FindingKind.BURNT_OUT: _burnt_out,
    FindingKind.LEANING: _leaning,
}


def described(explanation: Explanation) -> dict[str, Any]:
    """Describe an explanation as JSON takes it."""
    return {
        "score": round(explanation.score, 4),
        "percentile": round(explanation.percentile, 1),
        "deductions": {name: round(it, 4) for name, it in explanation.deductions.items()},
        "gains": np.round(explanation.gains, 4).tolist(),
        "method": explanation.method.value,
        "saliency": None
        if explanation.saliency is None
        else np.round(explanation.saliency, 3).tolist(),
        "findings": [_finding_row(one) for one in explanation.findings],
        "lift": explanation.lift and _change_row(explanation.lift),
        "drop": explanation.drop and _change_row(explanation.drop),
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


def _change(change: SmallestChange) -> str:
    more, less = _EDITS[change.edit.name]
    how = more if change.edit.is_more else less
    move = "more" if change.points > 0 else "less"
    part = (
        "if it were"
        if change.share > _EVERYWHERE
        else f"if {change.share:.0%} of it, {_centre(change.box)}, were"
    )
    return f"would score {abs(change.points):.2f} {move} {part} {how}"


def _change_row(change: SmallestChange) -> dict[str, Any]:
    return {
        "change": change.edit.name,
        "amount": round(change.edit.amount, 3),
        "points": round(change.points, 4),
        "share": round(change.share, 4),
        "cells": change.part.astype(int).tolist(),
        "mean_change": round(change.size, 3),
    }


def _finding_row(finding: Finding) -> dict[str, Any]:
    values = {name: round(value, 4) for name, value in finding.values.items()}
    box = dict(zip(("left", "top", "right", "bottom"), finding.box, strict=True))
    corners = {name: round(value, 4) for name, value in box.items()}
    return {
        "code": finding.kind.value,
        "box": corners,
        **values,
        "text": FOUND[finding.kind](finding),
    }


def _centre(box: Box) -> str:
    return in_words((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


def _faults(explanation: Explanation) -> Iterator[str]:
    found = sorted(explanation.deductions.items(), key=lambda item: -item[1])
    worth = [(name, points) for name, points in found if points >= LEAST_POINTS][:_MOST_FAULTS]
    if worth:
        listed = ", ".join(f"{_FAULTS[name]} {points:.2f}" for name, points in worth)
        yield f"points taken off for {listed}"
