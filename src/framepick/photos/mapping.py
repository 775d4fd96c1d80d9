"""The map of measured photos: by what they show, with general and personal scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from framepick.mapping import CollectionMap, map_of
from framepick.photos.measuring import MeasuredFile
from framepick.photos.personal import pictures_of
from framepick.taste.pictures import Pictures
from framepick.taste.taste import Taste
from framepick.types import Floats

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
    return map_of(pictures.content.astype(np.float32), _scores(pictures, tastes))


def scored_by(
    found: CollectionMap, photos: Sequence[MeasuredFile], tastes: Sequence[Taste]
) -> CollectionMap:
    """Give the same map of `photos`, with scores by other tastes."""
    return replace(found, scores=_scores(pictures_of([one.facts for one in photos]), tastes))


def _scores(pictures: Pictures, tastes: Sequence[Taste]) -> dict[str, Floats]:
    scores = {GENERAL: pictures.scores}
    for taste in tastes:
        scores[_free(taste.card.name, scores)] = taste.score(pictures)
    return scores


def _free(name: str, taken: dict[str, np.ndarray]) -> str:
    return name if name not in taken else _free(f"{name}'", taken)
