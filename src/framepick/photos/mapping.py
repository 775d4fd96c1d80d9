"""The map of measured photos: by what they show, with general and personal scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from framepick.mapping import CollectionMap, map_of
from framepick.photos.measuring import MeasuredFile
from framepick.photos.personal import pictures_of
from framepick.taste.taste import Taste

GENERAL = "general score"


def map_photos(photos: Sequence[MeasuredFile], tastes: Sequence[Taste] = ()) -> CollectionMap:
    """Lay out photos, and score them in general and by each of `tastes`.

    Raises
    ------
    UsageError
        The extra for maps is not installed.
    ValueError
        There are too few photos.
    """
    pictures = pictures_of([one.facts for one in photos])
    scores = {GENERAL: pictures.scores}
    for taste in tastes:
        scores[_free(taste.card.name, scores)] = taste.score(pictures)
    return map_of(pictures.content.astype(np.float32), scores)


def _free(name: str, taken: dict[str, np.ndarray]) -> str:
    return name if name not in taken else _free(f"{name}'", taken)
