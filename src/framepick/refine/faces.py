"""Which of the pictures that are as good as each other shows the main face best.

Only what the pictures themselves tell counts: a face turned away, or too small, decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce

import numpy as np

from framepick.config import Preference
from framepick.faces.measures import Face, FrameFaces
from framepick.refine.face_order import (
    ASPECTS,
    LARGER,
    Aspect,
    JudgedFace,
    advantage,
    judged,
)
from framepick.refine.order import FaceChoice, Ranking
from framepick.types import Floats, Moment

FacesOf = Callable[[Sequence[Moment]], Sequence[FrameFaces]]
"""Finds the faces of frames, as `FrameProcessor.faces` does, omitting frames not found again."""
MainFaces = Callable[[Sequence[int]], Mapping[int, Face]]
"""Gives the main face of pictures by their place, omitting those without one."""

_MOST_FRAMES = 8
"""Frames of a window in which faces are looked for, at most."""
_APART_SECONDS = 0.06
"""Least time between two of them: a blink lasts 0.1 to 0.4 s."""
_LEAST_OVERLAP = 0.2
"""Intersection over union from which two frames of a window show the same face."""


def no_faces(moments: Sequence[Moment]) -> Sequence[FrameFaces]:
    """Find no faces."""
    return ()


def prefer_face(
    ranking: Ranking,
    places: Sequence[int],
    main_faces: MainFaces,
    prefer: Preference = "auto",
    least_overlap: float = _LEAST_OVERLAP,
) -> Ranking:
    """Choose the best-ranked of `places` with the best main face; these score as high as any.

    Where people are preferred, a face counts more than none, and anybody's. Else only the face of
    the picture ranked first is compared, if it has one, with faces that have more than
    `least_overlap` in common with it. For scenery no face is looked for.
    """
    if prefer == "scenery":
        return ranking
    if prefer == "people":
        return _with_best(ranking, places, _judged(main_faces, places), (*ASPECTS, LARGER))
    first = _judged(main_faces, [ranking.best]).get(ranking.best)
    if first is None:
        return ranking
    faces = {
        place: other
        for place, other in _judged(main_faces, places).items()
        if other.face.overlap(first.face) > least_overlap
    }
    return _with_best(ranking, [place for place in places if place in faces], faces, ASPECTS)


def _judged(main_faces: MainFaces, places: Sequence[int]) -> dict[int, JudgedFace]:
    found = {place: judged(face) for place, face in main_faces(places).items()}
    return {place: one for place, one in found.items() if one}


def _with_best(
    ranking: Ranking,
    places: Sequence[int],
    faces: Mapping[int, JudgedFace],
    aspects: Sequence[Aspect],
) -> Ranking:
    """Choose the first of `places` whose face is better than that of the picture ranked first.

    A later one is chosen where its face is better still; the picture ranked first, where none is.
    """

    def gain(place: int, other: int) -> Aspect | None:
        return advantage(faces.get(place), faces.get(other), aspects)

    first = ranking.best
    better = {place: found for place in places if (found := gain(place, first))}
    best = reduce(lambda best, place: place if gain(place, best) else best, better or [first])
    worse = {place: found.worse for place in places if (found := gain(best, place))}
    code = better[best].better if better else None
    choice = FaceChoice(best, first, faces.get(best), code, worse)
    return replace(ranking, face_choice=choice)


def spread(times_seconds: Floats, ranking: Ranking) -> list[int]:
    """Places of the best frames that score as high, each some time from the ones before.

    `times_seconds` (N,) are those of all frames that were ranked.
    """
    chosen: list[int] = []
    for place in ranking.order[: ranking.contenders].tolist():
        apart = np.abs(times_seconds[chosen] - times_seconds[place])
        if len(chosen) < _MOST_FRAMES and np.all(apart >= _APART_SECONDS):
            chosen.append(place)
    return chosen
