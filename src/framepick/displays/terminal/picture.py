"""A picture as half blocks: two pixels in each character (pure)."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, UnidentifiedImageError
from rich.color import Color
from rich.style import Style
from rich.text import Text

from framepick.types import Pixels

_HALF = "▀"


def picture_lines(jpeg: bytes, columns: int, rows: int) -> list[Text]:
    """Draw a JPEG file in `rows` lines of at most `columns`; empty lines if it is none."""
    try:
        with Image.open(io.BytesIO(jpeg)) as image:
            pixels = _shrunk(image, columns, 2 * rows)
    except (UnidentifiedImageError, OSError):
        return [Text()] * rows
    return [_line(pixels[2 * row], pixels[2 * row + 1]) for row in range(len(pixels) // 2)]


def _shrunk(image: Image.Image, columns: int, height: int) -> Pixels:
    """Fit an image into (H, W) pixels, H even."""
    scale = min(columns / image.width, height / image.height)
    wide, high = max(round(image.width * scale), 1), max(round(image.height * scale / 2), 1) * 2
    image.draft("RGB", (wide, high))
    small = image.convert("RGB").resize((wide, high), Image.Resampling.BOX)
    return np.asarray(small)


def _line(upper: Pixels, lower: Pixels) -> Text:
    line = Text(no_wrap=True)
    for over, under in zip(upper.tolist(), lower.tolist(), strict=True):
        line.append(_HALF, Style(color=Color.from_rgb(*over), bgcolor=Color.from_rgb(*under)))
    return line
