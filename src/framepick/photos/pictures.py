"""Pictures of photos for pages: kept thumbnails, or the photos themselves where those are small."""

from __future__ import annotations

from pathlib import Path

from framepick.cache import PhotoCache
from framepick.collection import THUMBNAIL_SIDES, RankedPhoto
from framepick.errors import FramepickError
from framepick.outputs.thumbnails import shrunk, thumbnail_of
from framepick.sources.photos import load_photo


class PhotoPictures:
    """Gives photos as small WebP files, from `cache` as far as it has them."""

    def __init__(self, cache: PhotoCache) -> None:
        self._cache = cache

    def __call__(self, photo: RankedPhoto, side: int) -> bytes:
        """Give a photo, its longer side `side` pixels at most; b'' if it cannot be read."""
        return kept_picture(self._cache, photo.path, photo.content, photo.facts.size, side)


def kept_picture(
    cache: PhotoCache, path: Path, content: str, size: tuple[int, int], side: int
) -> bytes:
    """Give a photo of that content and size, as `PhotoPictures` does."""
    longer = max(size)
    for place in reversed(range(len(THUMBNAIL_SIDES))):
        kept_side = min(longer, THUMBNAIL_SIDES[place])
        if kept_side >= min(side, longer):
            kept = cache.thumbnail(content, place)
            if kept:
                return kept if kept_side <= side else shrunk(kept, side)
    return read_picture(path, side)


def read_picture(path: Path, side: int) -> bytes:
    """Give a photo as a WebP file, its longer side `side` pixels at most; b'' if it is gone."""
    try:
        return thumbnail_of(load_photo(path), side)
    except FramepickError:  # it could be read a moment ago
        return b""
