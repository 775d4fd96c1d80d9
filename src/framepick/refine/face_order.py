"""By what one face looks better than another (pure). Never who they are.

Bounds are of faces that were looked at one by one: `benchmarks/faces.csv` has them, docs/model.md
the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log
from typing import Literal

from framepick.faces.measures import Expression, Face
from framepick.reasons import ReasonCode

Mouth = Literal["smiling", "open", "calm"]

EYES_OPEN = 0.545
"""Least `Expression.eyes_open` of open eyes."""
SMILING = 0.6
"""Least `Expression.smile` of a smile; below half of it there is surely none."""
MOUTH_OPEN = 0.25
"""Least `Expression.mouth_open` of a mouth in mid-word; below half of it the lips are closed."""
_TURNED_AWAY, _TURNED_TO_US = 35.0, 15.0
"""Yaw in degrees from which a face is surely turned away, and up to which it surely is not."""
_MOST_YAW = 45.0
"""A face turned farther hides one eye."""
_DARK, _PALE = 0.2, 0.85
"""`Expression.luma` of faces that are too dark or too bright to be shown."""
_SHARPER, _LARGER = log(1.6), log(1.3)
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class JudgedFace:
    """A face whose expression can be told from the picture."""

    face: Face
    look: Expression

    @property
    def has_open_eyes(self) -> bool:
        """Whether both eyes are open."""
        return self.look.eyes_open >= EYES_OPEN

    @property
    def has_fault(self) -> bool:
        """Whether its eyes are shut, or the border cuts it off."""
        return not self.has_open_eyes or self.face.is_cut

    @property
    def mouth(self) -> Mouth:
        """What the mouth surely does; a laugh is a smile."""
        if _is_smiling(self) == 1:
            return "smiling"
        return "open" if _is_no_word(self) == 0 else "calm"


@dataclass(frozen=True, slots=True)
class Aspect:
    """Something that makes one face look better than another."""

    better: ReasonCode
    worse: ReasonCode
    value: Callable[[JudgedFace], float]
    """The higher, the better."""
    clear: float = 1.0
    """Least difference of the values that decides."""


def _graded(value: float, no: float, yes: float) -> float:
    """Give 1 for what is surely so, from `yes` on, 0 for what surely is not, and 0.5 between."""
    share = (value - no) / (yes - no)
    return 0.0 if share <= 0 else 1.0 if share >= 1 else 0.5


def _is_lit(one: JudgedFace) -> float:
    return _DARK <= one.look.luma <= _PALE


def _is_turned_to_us(one: JudgedFace) -> float:
    return _graded(-abs(one.look.yaw_degrees), -_TURNED_AWAY, -_TURNED_TO_US)


def _is_smiling(one: JudgedFace) -> float:
    """With shut eyes, who cries looks the same."""
    if not one.has_open_eyes:
        return 0.0
    return _graded(one.look.smile, SMILING / 2, SMILING)


def _is_no_word(one: JudgedFace) -> float:
    """A smile opens the mouth, too."""
    return max(1 - _graded(one.look.mouth_open, MOUTH_OPEN / 2, MOUTH_OPEN), _is_smiling(one))


ASPECTS = (
    Aspect(ReasonCode.EYES_OPEN, ReasonCode.EYES_SHUT, lambda one: one.has_open_eyes),
    Aspect(ReasonCode.FACE_WHOLE, ReasonCode.FACE_CUT, lambda one: not one.face.is_cut),
    Aspect(ReasonCode.FACE_LIT, ReasonCode.FACE_BADLY_LIT, _is_lit),
    Aspect(
        ReasonCode.FACE_SHARPER,
        ReasonCode.FACE_LESS_SHARP,
        lambda one: log(one.look.sharpness + _TINY),
        _SHARPER,
    ),
    Aspect(ReasonCode.FACE_TO_CAMERA, ReasonCode.FACE_TURNED_AWAY, _is_turned_to_us),
    Aspect(ReasonCode.NOT_MID_WORD, ReasonCode.MID_WORD, _is_no_word),
    Aspect(ReasonCode.SMILING, ReasonCode.NOT_SMILING, _is_smiling),
)
"""The first of them that differs clearly decides."""
LARGER = Aspect(
    ReasonCode.FACE_LARGER,
    ReasonCode.FACE_SMALLER,
    lambda one: log(one.face.side_pixels),
    _LARGER,
)
_SHOWN = Aspect(ReasonCode.FACE_SHOWN, ReasonCode.NO_FACE, lambda one: 1)


def judged(face: Face | None) -> JudgedFace | None:
    """Give a face that is large enough and turned to the camera; None for others."""
    if face is None or face.expression is None or abs(face.expression.yaw_degrees) > _MOST_YAW:
        return None
    return JudgedFace(face, face.expression)


def advantage(
    one: JudgedFace | None, other: JudgedFace | None, aspects: Sequence[Aspect]
) -> Aspect | None:
    """By which of `aspects` a face looks clearly better than another; None if it does not.

    A face without a fault is better than none.
    """
    if one is None or other is None:
        return _SHOWN if one and not other and not one.has_fault else None
    for aspect in aspects:
        difference = aspect.value(one) - aspect.value(other)
        if abs(difference) >= aspect.clear:
            return aspect if difference > 0 else None
    return None
