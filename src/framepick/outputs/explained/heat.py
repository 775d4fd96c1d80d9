"""Heat maps over pictures: what lifts a score in orange, what lowers it in blue."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from framepick.explaining.explainer import Explanation
from framepick.explaining.findings import Finding, FindingKind
from framepick.outputs.previews import small_jpeg
from framepick.types import Floats, Pixels

Colour = tuple[int, int, int]

LONGEST_SIDE = 1600
LIFTS = np.array([255, 140, 0], np.float32)
LOWERS = np.array([40, 110, 255], np.float32)
LEAST_POINTS = 0.06
"""The strongest part of a map counts as at least this strong, so that nothing is made of noise."""
_QUALITY = 88
_OPAQUE = 0.72
_COLOUR_KEPT = 0.35
_LIGHT_KEPT = 0.8


def heat_map(picture: Pixels, explanation: Explanation, side: int = LONGEST_SIDE) -> Pixels:
    """Lay an explanation over a picture (H, W, 3), made `side` pixels long at most.

    Gains, or what a score hangs on, are colours; what is wrong at a place has a frame, and what
    leans a line, with its name.
    """
    base = _muted(_within(picture, side))
    strength = _strength(_shown(explanation), base.shape[1], base.shape[0])[..., None]
    tint = np.where(strength > 0, LIFTS, LOWERS)
    share = np.abs(strength) * _OPAQUE
    heat = np.asarray(np.clip(base * (1 - share) + tint * share, 0, 255), np.uint8)
    for finding in explanation.findings:
        _mark(heat, finding)
    return heat


def heat_file(picture: Pixels, explanation: Explanation, side: int = LONGEST_SIDE) -> bytes:
    """Give a heat map as a JPEG file."""
    return small_jpeg(heat_map(picture, explanation, side), side, _QUALITY)


def _mark(heat: Pixels, finding: Finding) -> None:
    height, width = heat.shape[:2]
    if finding.kind is FindingKind.LEANING:
        values = finding.values
        start = (round(values["from_x"] * width), round(values["from_y"] * height))
        end = (round(values["to_x"] * width), round(values["to_y"] * height))
        for colour, thick in _strokes(max(height, width)):
            cv2.line(heat, start, end, colour, thick, cv2.LINE_AA)
        _write(heat, f"leans {abs(finding.values['degrees']):.1f} degrees", start)
        return
    left, top, right, bottom = finding.box
    start = (round(left * width), round(top * height))
    end = (min(round(right * width), width - 1), min(round(bottom * height), height - 1))
    for colour, thick in _strokes(max(height, width)):
        cv2.rectangle(heat, start, end, colour, thick, cv2.LINE_AA)
    _write(heat, finding.kind.value.replace("_", " "), start)


def _write(heat: Pixels, text: str, start: tuple[int, int]) -> None:
    """Write below a place, within the picture."""
    height, width = heat.shape[:2]
    scale = max(height, width) / 1500
    (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    x = max(0, min(start[0] + high // 2, width - wide - high // 2))
    y = max(high, min(start[1] + 2 * high, height - high // 2))
    for colour, thick in _strokes(max(height, width)):
        cv2.putText(heat, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, colour, thick, cv2.LINE_AA)


def _strokes(side: int) -> tuple[tuple[Colour, int], ...]:
    """White on black, which is seen on everything."""
    thin = max(1, round(side / 600))
    return (((0, 0, 0), 3 * thin), ((255, 255, 255), thin))


def _shown(explanation: Explanation) -> Floats:
    return explanation.gains if explanation.saliency is None else explanation.saliency


def _strength(gains: Floats, width: int, height: int) -> NDArray[np.float32]:
    """Give (H, W) from -1 to 1; what is weaker than half the strongest fades fast."""
    scale = max(float(np.abs(gains).max()), LEAST_POINTS)
    even = cv2.resize(
        (gains / scale).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    even = np.clip(even, -1, 1)
    return np.asarray(np.sign(even) * np.abs(even) ** 1.3, np.float32)


def _muted(picture: Pixels) -> NDArray[np.float32]:
    """Take most of the colour and some of the light out of a picture."""
    pixels = picture.astype(np.float32)
    grey = pixels @ np.array([0.299, 0.587, 0.114], np.float32)
    mixed = grey[..., None] * (1 - _COLOUR_KEPT) + pixels * _COLOUR_KEPT
    return np.asarray(mixed * _LIGHT_KEPT, np.float32)


def _within(picture: Pixels, side: int) -> Pixels:
    height, width = picture.shape[:2]
    factor = side / max(height, width)
    if factor >= 1:
        return picture
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
