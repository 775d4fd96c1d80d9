"""Which of the frames that are as good as each other shows the main face best.

Only what the frames themselves tell counts: a face turned away, or too small, decides nothing.
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
from framepick.refine.window import FaceChoice, Ranking, Window
from framepick.types import Moment

FacesOf = Callable[[Sequence[Moment]], Sequence[FrameFaces]]
"""Finds the faces of frames, as `FrameProcessor.faces` does, omitting frames not found again."""
MainFaces = Callable[[Sequence[int]], Mapping[int, Face]]
"""Gives the main face of frames by place in their window, omitting those without one."""

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
    window: Window, ranking: Ranking, main_faces: MainFaces, prefer: Preference = "auto"
) -> Ranking:
    """Choose the best-ranked of the frames with the best main face that score as high.

    Where people are preferred, a face counts more than none, and anybody's. Else only the face of
    the frame ranked first is compared, if it has one. For scenery no face is looked for.
    """
    if prefer == "scenery":
        return ranking
    if prefer == "people":
        places = _spread(window, ranking)
        return _with_best(ranking, places, _judged(main_faces, places), (*ASPECTS, LARGER))
    first = _judged(main_faces, [ranking.best]).get(ranking.best)
    if first is None:
        return ranking
    places = _spread(window, ranking)
    faces = {
        place: other
        for place, other in _judged(main_faces, places).items()
        if other.face.overlap(first.face) > _LEAST_OVERLAP
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
    """Choose the first of `places` whose face is better than that of the frame ranked first.

    A later one is chosen where its face is better still; the frame ranked first, where none is.
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


def _spread(window: Window, ranking: Ranking) -> list[int]:
    """Places of the best frames that score as high, each some time from the ones before."""
    chosen: list[int] = []
    for place in ranking.order[: ranking.contenders].tolist():
        apart = np.abs(window.times_seconds[chosen] - window.times_seconds[place])
        if len(chosen) < _MOST_FRAMES and np.all(apart >= _APART_SECONDS):
            chosen.append(place)
    return chosen
