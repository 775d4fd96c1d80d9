"""Which of the frames that are as good as each other shows the main face best.

Only what the frames themselves tell counts: a face turned away, or too small, decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from framepick.faces.measures import Face, FrameFaces
from framepick.reasons import ReasonCode
from framepick.refine.window import FaceChoice, Ranking, Window
from framepick.types import Moment

FacesOf = Callable[[Sequence[Moment]], Sequence[FrameFaces]]
"""Finds the faces of frames, as `FrameProcessor.faces` does, omitting frames not found again."""
MainFaces = Callable[[Sequence[int]], Mapping[int, Face]]
"""Gives the main face of frames by place in their window, omitting those without one."""

EYES_OPEN = 0.545
"""Least `Expression.eyes_open` of open eyes, by `benchmarks/eyes.py`."""
_MOST_FRAMES = 8
"""Frames of a window in which faces are looked for, at most."""
_APART_SECONDS = 0.06
"""Least time between two of them: a blink lasts 0.1 to 0.4 s."""
_LEAST_OVERLAP = 0.2
"""Intersection over union from which two frames of a window show the same face."""
_MOST_YAW = 45.0
"""A face turned farther, in degrees, hides one eye."""


def no_faces(moments: Sequence[Moment]) -> Sequence[FrameFaces]:
    """Find no faces."""
    return ()


def prefer_face(window: Window, ranking: Ranking, main_faces: MainFaces) -> Ranking:
    """Choose the best-ranked frame whose main face has open eyes and lies within the picture.

    The other frames are looked at only if the face of the best one has a fault; those that do not
    score as high are not.
    """
    face = main_faces([ranking.best]).get(ranking.best)
    fault = face and fault_of(face)
    if face is None or fault is None:
        return ranking
    places = _spread(window, ranking)
    faces = {
        place: other
        for place, other in main_faces(places).items()
        if is_judged(other) and face.overlap(other) > _LEAST_OVERLAP
    }
    faults = {place: found for place, other in faces.items() if (found := fault_of(other))}
    best = min((place for place in places if place in faces), key=lambda at: _weight(faults, at))
    if _weight(faults, best) >= _weight(faults, ranking.best):
        return ranking
    return replace(ranking, face_choice=FaceChoice(best, ranking.best, faults))


def is_judged(face: Face) -> bool:
    """Whether the eyes of a face can be told from the picture."""
    return face.expression is not None and abs(face.expression.yaw_degrees) <= _MOST_YAW


def fault_of(face: Face) -> ReasonCode | None:
    """What a frame is passed over for; None if nothing is wrong or nothing can be told."""
    if face.expression is None or not is_judged(face):
        return None
    if face.expression.eyes_open < EYES_OPEN:
        return ReasonCode.EYES_SHUT
    return ReasonCode.FACE_CUT if face.is_cut else None


def _weight(faults: Mapping[int, ReasonCode], place: int) -> int:
    return {None: 0, ReasonCode.FACE_CUT: 1, ReasonCode.EYES_SHUT: 2}[faults.get(place)]


def _spread(window: Window, ranking: Ranking) -> list[int]:
    """Places of the best frames that score as high, each some time from the ones before."""
    chosen: list[int] = []
    for place in ranking.order[: ranking.contenders].tolist():
        apart = np.abs(window.times_seconds[chosen] - window.times_seconds[place])
        if len(chosen) < _MOST_FRAMES and np.all(apart >= _APART_SECONDS):
            chosen.append(place)
    return chosen
