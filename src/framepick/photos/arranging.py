"""Puts measured photos in order: groups of similar ones, the best of each first (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

import numpy as np

from framepick.collection import PhotoCollection, PhotoFacts, PhotoFailure, RankedPhoto
from framepick.photos.best import Ordered, in_order
from framepick.photos.grouping import similar_photos
from framepick.photos.measuring import MeasuredFile
from framepick.photos.personal import by_taste
from framepick.photos.stars import percentiles, stars
from framepick.reasons import Reason, ReasonCode
from framepick.taste.taste import Taste
from framepick.types import Calibration, Floats

_Group = list[tuple[MeasuredFile, tuple[Reason, ...]]]


def arranged(
    photos: Sequence[MeasuredFile],
    failures: Sequence[PhotoFailure],
    encoder_id: str,
    reference: Calibration,
    taste: Taste | None = None,
) -> PhotoCollection:
    """Group photos and put them in order; those with a hard veto come last, each alone.

    Stars count the place of a photo among the best of all groups, so that long bursts do not
    outweigh the rest; none has more than the best of its group. With a `taste`, scores are its.
    """
    photos, label = by_taste(photos, taste), taste.label if taste else None
    by_path = sorted(photos, key=lambda one: str(one.path))
    good = [one for one in by_path if not one.facts.veto]
    vetoed = [one for one in by_path if one.facts.veto]
    groups = [_ordered([good[at] for at in members]) for members in _groups(good)]
    groups.sort(key=lambda group: (-group[0][0].facts.score, str(group[0][0].path)))
    groups += [[(one, (Reason(ReasonCode(one.facts.veto)),))] for one in vetoed]
    starts = [0, *accumulate(len(group) for group in groups)]
    scale = np.array([group[0][0].facts.shown_score for group in groups])
    ranked = (
        photo
        for number, (group, start) in enumerate(zip(groups, starts, strict=False), 1)
        for photo in _ranked(group, number, start, scale, reference, taste)
    )
    return PhotoCollection(tuple(ranked), tuple(failures), encoder_id, reference.reference, label)


def _groups(photos: Sequence[MeasuredFile]) -> list[list[int]]:
    return similar_photos([one.facts for one in photos])


def _ordered(photos: Sequence[MeasuredFile]) -> _Group:
    names = [one.path.name for one in photos]
    ordered: Sequence[Ordered] = in_order([one.facts for one in photos], names)
    return [(photos[one.place], one.reasons) for one in ordered]


def _ranked(
    group: _Group,
    number: int,
    start: int,
    scale: Floats,
    reference: Calibration,
    taste: Taste | None,
) -> list[RankedPhoto]:
    """Give the photos of a group their places; `scale` are the scores of the best of all groups."""
    scores = np.array([one.facts.shown_score for one, _ in group])
    shares = percentiles(np.minimum(scores, scores[0]), scale, reference).tolist()
    return [
        RankedPhoto(
            path=one.path,
            content=one.content,
            facts=one.facts,
            rank=start + place + 1,
            group=number,
            group_size=len(group),
            is_best=place == 0,
            rating=1 if one.facts.veto else stars(share),
            percentile=share,
            reasons=(*reasons, *_of_taste(one.facts, taste)),
        )
        for place, ((one, reasons), share) in enumerate(zip(group, shares, strict=True))
    ]


def _of_taste(facts: PhotoFacts, taste: Taste | None) -> Iterator[Reason]:
    if taste and facts.moved is not None and not facts.veto:
        yield taste.reason(facts.moved)
