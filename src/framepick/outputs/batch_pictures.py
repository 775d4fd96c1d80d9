"""One small picture for each video of a batch: its best picks, side by side."""

from __future__ import annotations

import io

from PIL import Image

from framepick.outputs.previews import Previews
from framepick.results import VideoResult

STRIP_PICKS = 4
"""Picks in the picture."""
STRIP_SIDE = 400
"""Pixels along the longer side of previews that are made for it alone."""
_HEIGHT, _WIDEST, _QUALITY = 110, 720, 70


def strip_of(result: VideoResult, previews: Previews) -> bytes | None:
    """Give the best picks as a JPEG file, the best on the left; None where there are none."""
    images = [previews.image(pick.moment) for pick in result.picks[:STRIP_PICKS]]
    small = [_small(image) for image in images if image]
    if not small:
        return None
    width = min(_WIDEST, sum(one.width for one in small))
    strip = Image.new("RGB", (width, _HEIGHT))
    left = 0
    for one in small:
        strip.paste(one, (left, 0))
        left += one.width
    file = io.BytesIO()
    strip.save(file, "JPEG", quality=_QUALITY, optimize=True)
    return file.getvalue()


def _small(image: Image.Image) -> Image.Image:
    width = max(1, min(_WIDEST, round(image.width * _HEIGHT / image.height)))
    return image.convert("RGB").resize((width, _HEIGHT), Image.Resampling.LANCZOS)
