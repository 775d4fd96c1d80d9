"""The map of photos: by what they show, with general and personal scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from framepick.cache import PhotoCache
from framepick.collection import PhotoFacts, RankedPhoto
from framepick.errors import UsageError
from framepick.mapping import CollectionMap, map_of
from framepick.outputs.collection_map import MapPage, write_map
from framepick.photos.measuring import MeasuredFile
from framepick.photos.personal import pictures_of
from framepick.photos.pictures import kept_picture
from framepick.taste.pictures import Pictures
from framepick.taste.taste import Taste
from framepick.types import Floats

GENERAL = "general score"
MAP_NAME = "map.html"
_THUMBNAIL_SIDE = 150

MappedPhoto = MeasuredFile | RankedPhoto


def map_photos(photos: Sequence[MappedPhoto], tastes: Sequence[Taste] = ()) -> CollectionMap:
    """Lay out photos, and score them in general and by each of `tastes`.

    Raises
    ------
    UsageError
        The extra for maps is not installed.
    ValueError
        There are too few photos.
    """
    pictures = _pictures(photos)
    return map_of(pictures.content.astype(np.float32), _scores(pictures, tastes))


def scored_by(
    found: CollectionMap, photos: Sequence[MappedPhoto], tastes: Sequence[Taste]
) -> CollectionMap:
    """Give the same map of `photos`, with scores by other tastes."""
    return replace(found, scores=_scores(_pictures(photos), tastes))


def _pictures(photos: Sequence[MappedPhoto]) -> Pictures:
    return pictures_of([_general(one.facts) for one in photos])


def _scores(pictures: Pictures, tastes: Sequence[Taste]) -> dict[str, Floats]:
    scores = {GENERAL: pictures.scores}
    for taste in tastes:
        scores[_free(taste.card.name, scores)] = taste.score(pictures)
    return scores


def write_photo_map(
    photos: Sequence[MappedPhoto],
    tastes: Sequence[Taste],
    title: str,
    cache: PhotoCache,
    folder: Path,
    path: Path,
) -> None:
    """Write the page with the map of photos, but of those with a hard veto, to `path`.

    Photos are linked as they lie from `folder`, where the page will be; `cache` has their pictures.

    Raises
    ------
    UsageError
        The extra for maps is not installed, or there are too few photos.
    """
    shown = [one for one in photos if not one.facts.veto]
    try:
        found = map_photos(shown, tastes) if shown else map_of(np.empty((0, 1), np.float32), {})
    except ValueError as error:
        raise UsageError(f"{title}: {error}; it has {len(shown)}") from None
    page = MapPage(title, found, [one.path for one in shown], partial(_thumbnail, cache, shown))
    write_map(page, path, folder)


def _thumbnail(cache: PhotoCache, photos: Sequence[MappedPhoto], row: int) -> bytes:
    one = photos[row]
    return kept_picture(cache, one.path, one.content, one.facts.size, _THUMBNAIL_SIDE)


def _general(facts: PhotoFacts) -> PhotoFacts:
    """Take back what a taste moved the score by."""
    return replace(facts, score=facts.score - facts.moved, moved=None) if facts.moved else facts


def _free(name: str, taken: dict[str, np.ndarray]) -> str:
    return name if name not in taken else _free(f"{name}'", taken)
