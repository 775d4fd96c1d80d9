"""The best pictures of many videos: a set that is varied as the picks of one video are (pure).

What shows the same scene is one scene, whichever videos it is in, and of near-duplicates only the
best one is looked at.
"""

from __future__ import annotations

import numpy as np

from framepick.config import PickConfig
from framepick.picking.candidates import Candidates
from framepick.picking.choice import Choice
from framepick.picking.refining import keep_peak
from framepick.picking.scenes import find_scenes
from framepick.picking.stages import choose_set
from framepick.results import Comparable
from framepick.types import Flags, Floats, Rows, ScoreCurve, Vectors

MOST = 4096
"""Most pictures that can be chosen: every two of those that may be are compared."""
_LEAST_COMPARED, _SPARE = 1024, 4
_BLOCK = 512
_BEST_PERCENT = 100.0


def best_of_many(pictures: Comparable, rules: PickConfig) -> list[int]:
    """Choose `rules.count` of the pictures, fewer where the others are near-duplicates.

    Gives their rows, best score first.
    """
    least = min(MOST, max(_LEAST_COMPARED, _SPARE * rules.count))
    rows = distinct(pictures, least, rules.duplicate_distance)
    vectors = pictures.content[rows].astype(np.float32)
    places = np.arange(len(rows))
    choice = Choice(
        curve=_as_curve(pictures.scores[rows]),
        rules=rules,
        vectors_of=lambda some: vectors[some],
        refine_peak=keep_peak,
        eligible=places,
        gap_seconds=0.5,
        scene=find_scenes(vectors),
    )
    choose_set(choice, Candidates(choice, places, vectors, _none_is_poor))
    return [int(rows[place]) for place in choice.rows]


def distinct(pictures: Comparable, most: int, distance: float) -> Rows:
    """Give the rows of the best pictures, at most so many, no two of them near-duplicates.

    Of those that are less than `distance` apart by the cosine of their contents, the best stays.
    """
    kept: list[int] = []
    order = np.lexsort((np.arange(len(pictures.scores)), -pictures.scores))
    for start in range(0, len(order), _BLOCK):
        block = order[start : start + _BLOCK]
        vectors = pictures.content[block].astype(np.float32)
        is_new = _are_apart(vectors, pictures.content[kept], distance)
        is_near = 1.0 - vectors @ vectors.T < distance
        for place in np.flatnonzero(is_new).tolist():
            if is_new[place] and len(kept) < most:
                kept.append(int(block[place]))
                is_new &= ~is_near[place]
        if len(kept) == most:
            break
    return np.array(kept, np.int64)


def _are_apart(vectors: Vectors, others: Vectors, distance: float) -> Flags:
    if not len(others):
        return np.ones(len(vectors), np.bool_)
    nearest = (vectors @ others.astype(np.float32).T).max(axis=1)
    return np.asarray(1.0 - nearest >= distance)


def _as_curve(scores: Floats) -> ScoreCurve:
    """Take pictures for frames that are a second apart, each a shot of its own."""
    places = np.arange(len(scores))
    return ScoreCurve(
        places.astype(np.float64), scores, scores, np.zeros(len(scores)), places.astype(np.int32)
    )


def _none_is_poor(scores: Floats) -> Floats:
    """Place all pictures at the top: those of a poor video are wanted, too, if all are poor."""
    return np.full(len(scores), _BEST_PERCENT)
