"""Stars of photos by their place in the collection (pure)."""

from __future__ import annotations

import numpy as np

from framepick.types import Calibration, Floats

_REFERENCE_PHOTOS = 10
"""The reference counts as much as so many photos: a collection of few says little about itself."""
_STARS = ((90.0, 5), (70.0, 4), (30.0, 3), (10.0, 2))
"""Least percentile of each number of stars."""


def percentiles(scores: Floats, collection: Floats, reference: Calibration) -> Floats:
    """Percentiles (N,) of `scores` (N,) among those of a `collection` (M,), 0 to 100.

    The reference photographs are taken for `_REFERENCE_PHOTOS` more.
    """
    ordered = np.sort(collection)
    below = np.searchsorted(ordered, scores, "left") + np.searchsorted(ordered, scores, "right")
    of_reference = _REFERENCE_PHOTOS * reference.percentile(scores)
    found: Floats = (50.0 * below + of_reference) / (len(collection) + _REFERENCE_PHOTOS)
    return found


def stars(percentile: float) -> int:
    """Stars, 1 to 5, of a photo that is better than `percentile` per cent of the collection."""
    return next((number for least, number in _STARS if percentile >= least), 1)
