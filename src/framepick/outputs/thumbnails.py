"""Small pictures of photos, as files for pages, and smaller ones where there are many."""

from __future__ import annotations

import io

from PIL import Image

from framepick.types import Pixels

_KIND, _QUALITY, _EFFORT = "WEBP", 78, 2


def thumbnail_of(pixels: Pixels, side: int | None = None, quality: int = _QUALITY) -> bytes:
    """Give a picture (h, w, 3) as a WebP file, its longer side `side` pixels at most."""
    return _saved(Image.fromarray(pixels), side, quality)


def shrunk(thumbnail: bytes, side: int, quality: int = _QUALITY) -> bytes:
    """Give a thumbnail in a smaller size."""
    with Image.open(io.BytesIO(thumbnail)) as image:
        return _saved(image.convert("RGB"), side, quality)


def _saved(image: Image.Image, side: int | None, quality: int) -> bytes:
    if side and max(image.size) > side:
        image.thumbnail((side, side), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, _KIND, quality=quality, method=_EFFORT)
    return file.getvalue()
