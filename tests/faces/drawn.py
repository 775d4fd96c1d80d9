"""A photograph of a face, and copies of it whose eyes are drawn shut."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from framepick.types import Pixels
from samples.clipmaker import load

PUPILS = ((84, 81), (127, 83))
"""Of `portrait()`, in pixels."""


def portrait() -> Pixels:
    """Give the head and shoulders of an astronaut, (240, 220, 3)."""
    return np.ascontiguousarray(load("astronaut")[20:260, 120:340])


def with_eyes_shut(picture: Pixels) -> Pixels:
    """Draw lids in the colour of the skin below over the eyes of `portrait()`."""
    image = Image.fromarray(picture)
    pencil = ImageDraw.Draw(image)
    for x, y in PUPILS:
        skin = tuple(picture[y + 14, x].tolist())
        pencil.ellipse((x - 14, y - 10, x + 14, y + 10), fill=skin)
        pencil.arc((x - 12, y - 7, x + 12, y + 6), 10, 170, fill=(60, 35, 30), width=2)
    return np.asarray(image)
