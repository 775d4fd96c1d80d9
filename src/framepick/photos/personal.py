"""Photos as a taste sees them (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from framepick.collection import PhotoFacts
from framepick.photos.measuring import MeasuredFile
from framepick.taste.pictures import Pictures
from framepick.taste.taste import Taste


def pictures_of(photos: Sequence[PhotoFacts]) -> Pictures:
    """Give what tastes know of photos, of one at least."""
    return Pictures(
        np.stack([one.content for one in photos]),
        np.stack([one.look for one in photos]),
        np.array([one.score for one in photos]),
    )


def by_taste(photos: Sequence[MeasuredFile], taste: Taste | None) -> list[MeasuredFile]:
    """Give measured photos with the scores that they have for a taste."""
    if not (photos and taste and taste.label):
        return list(photos)
    moved = taste.moves(pictures_of([one.facts for one in photos])).tolist()
    return [
        replace(one, facts=replace(one.facts, score=one.facts.score + points, moved=points))
        for one, points in zip(photos, moved, strict=True)
    ]
