"""By what one face looks better than another (pure). Never who they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log

from framepick.faces.measures import Expression, Face
from framepick.reasons import ReasonCode

EYES_OPEN = 0.545
"""Least `Expression.eyes_open` of open eyes, by `benchmarks/eyes.py`."""
_MOST_YAW = 45.0
"""A face turned farther, in degrees, hides one eye."""
_LARGER = log(1.3)


@dataclass(frozen=True, slots=True)
class JudgedFace:
    """A face whose expression can be told from the picture."""

    face: Face
    look: Expression


@dataclass(frozen=True, slots=True)
class Aspect:
    """Something that makes one face look better than another."""

    better: ReasonCode
    worse: ReasonCode
    value: Callable[[JudgedFace], float]
    """The higher, the better."""
    clear: float
    """Least difference of the values that decides."""


def _are_open(one: JudgedFace) -> bool:
    return one.look.eyes_open >= EYES_OPEN


ASPECTS = (
    Aspect(ReasonCode.EYES_OPEN, ReasonCode.EYES_SHUT, _are_open, 1),
    Aspect(ReasonCode.FACE_WHOLE, ReasonCode.FACE_CUT, lambda one: not one.face.is_cut, 1),
)
"""The first of them that decides does."""
LARGER = Aspect(
    ReasonCode.FACE_LARGER,
    ReasonCode.FACE_SMALLER,
    lambda one: log(one.face.side_pixels),
    _LARGER,
)
_SHOWN = Aspect(ReasonCode.FACE_SHOWN, ReasonCode.NO_FACE, lambda one: 1, 1)


def judged(face: Face | None) -> JudgedFace | None:
    """Give a face that is large enough and turned to the camera; None for others."""
    if face is None or face.expression is None or abs(face.expression.yaw_degrees) > _MOST_YAW:
        return None
    return JudgedFace(face, face.expression)


def has_fault(one: JudgedFace) -> bool:
    """Whether the eyes of a face are shut, or the border cuts it off."""
    return not _are_open(one) or one.face.is_cut


def advantage(
    one: JudgedFace | None, other: JudgedFace | None, aspects: Sequence[Aspect]
) -> Aspect | None:
    """By which of `aspects` a face looks better than another; None if it does not.

    A face without a fault is better than none.
    """
    if one is None or other is None:
        return _SHOWN if one and not has_fault(one) else None
    for aspect in aspects:
        difference = aspect.value(one) - aspect.value(other)
        if abs(difference) >= aspect.clear:
            return aspect if difference > 0 else None
    return None
