"""Pictures of photos in the sizes that pages need."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from framepick.collection import THUMBNAIL_SIDES, RankedPhoto

PictureOf = Callable[[RankedPhoto, int], bytes]
"""Gives a photo as a WebP file, its longer side so many pixels at most; b'' if it is gone."""
REPORT_BYTES = 16_000_000
"""Most bytes of all pictures of a report, as far as that can be foreseen."""
_SIDES = (960, *THUMBNAIL_SIDES)
_TRIED = 12  # photos that a size is tried on before all are made in it


def fitting_side(photos: Sequence[RankedPhoto], picture: PictureOf) -> int:
    """Longest side of pictures, in pixels, of which those of all `photos` keep the bound."""
    some = photos[:: max(1, len(photos) // _TRIED)]
    for side in _SIDES[:-1]:
        taken = sum(len(picture(photo, side)) for photo in some)
        if taken * len(photos) <= REPORT_BYTES * max(1, len(some)):
            return side
    return _SIDES[-1]
