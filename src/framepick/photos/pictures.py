"""Pictures of photos for pages: kept thumbnails, or the photos themselves where those are small."""

from __future__ import annotations

from pathlib import Path

from framepick.cache import PhotoCache
from framepick.collection import RankedPhoto
from framepick.errors import FramepickError
from framepick.outputs.thumbnails import shrunk, thumbnail_of
from framepick.sources.photos import load_photo
from framepick.types import SMALL_SIDE


class PhotoPictures:
    """Gives photos as small WebP files, from `cache` as far as it has them."""

    def __init__(self, cache: PhotoCache) -> None:
        self._cache = cache

    def __call__(self, photo: RankedPhoto, side: int) -> bytes:
        """Give a photo, its longer side `side` pixels at most; b'' if it cannot be read."""
        kept = self._cache.thumbnail(photo.content)
        is_enough = max(photo.facts.size) <= SMALL_SIDE or side <= SMALL_SIDE
        if not (kept and is_enough):
            return _read(photo.path, side) or kept or b""
        return kept if max(photo.facts.size) <= side or side == SMALL_SIDE else shrunk(kept, side)


def _read(path: Path, side: int) -> bytes:
    try:
        return thumbnail_of(load_photo(path), side)
    except FramepickError:  # it could be read a moment ago
        return b""
