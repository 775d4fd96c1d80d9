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
        longer = max(photo.facts.size)
        for place in reversed(range(len(THUMBNAIL_SIDES))):
            kept_side = min(longer, THUMBNAIL_SIDES[place])
            if kept_side >= min(side, longer):
                kept = self._cache.thumbnail(photo.content, place)
                if kept:
                    return kept if kept_side <= side else shrunk(kept, side)
        return read_picture(photo.path, side)


def read_picture(path: Path, side: int) -> bytes:
    """Give a photo as a WebP file, its longer side `side` pixels at most; b'' if it is gone."""
    try:
        return thumbnail_of(load_photo(path), side)
    except FramepickError:  # it could be read a moment ago
        return b""
