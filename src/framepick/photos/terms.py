"""What makes one photo better than similar ones, each in units of the score (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from framepick.collection import PhotoFacts
from framepick.faces.measures import main_face
from framepick.reasons import Reason, ReasonCode
from framepick.refine.face_order import JudgedFace, judged
from framepick.types import Floats

MOMENT_WEIGHT = 0.5
"""What a better moment counts, over what a better score counts."""
EXPOSURE_COST = 1.5
"""What a stop of another exposure than similar photos have costs."""
FRAMING_COST = 10.0
"""What it costs to show something else than similar photos do, by cosine distance."""
FACE_FAULT_COST = 1.0
"""What it costs that the eyes of the main face are shut, or that the border cuts it off."""
LEAST_LUMA = 0.01
_GAMMA = 2.2


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What makes each of N similar photos better than the others, (N,) each."""

    score: Floats
    moment: Floats
    exposure: Floats
    framing: Floats
    face: Floats
    odd_stops: Floats
    """By how many stops each is brighter than the median of all; part of the exposure."""

    @property
    def total(self) -> Floats:
        """All that counts (N,), by which similar photos are compared."""
        total: Floats = self.score + self.moment + self.exposure + self.framing + self.face
        return total


def terms_of(photos: Sequence[PhotoFacts]) -> Terms:
    """Weigh similar photos, two at least."""
    content = np.stack([photo.content for photo in photos]).astype(np.float64)
    # the mean distance to the others, without the distance of every pair
    distances = (len(photos) - content @ content.sum(axis=0)) / (len(photos) - 1)
    odd_stops = _odd_stops(photos)
    moments = np.array([photo.moment for photo in photos])
    faces = [judged_face(photo) for photo in photos]
    return Terms(
        score=np.array([photo.score for photo in photos]),
        moment=MOMENT_WEIGHT * (moments - np.median(moments)),
        exposure=-EXPOSURE_COST * np.abs(odd_stops),
        framing=-FRAMING_COST * distances,
        face=-FACE_FAULT_COST * np.array([face is not None and face.has_fault for face in faces]),
        odd_stops=odd_stops,
    )


def _odd_stops(photos: Sequence[PhotoFacts]) -> Floats:
    stops = _GAMMA * np.log2(np.array([photo.luma for photo in photos]) + LEAST_LUMA)
    odd: Floats = stops - np.median(stops)
    return odd


def judged_face(photo: PhotoFacts) -> JudgedFace | None:
    """Give the main face of a photo, if it can be judged."""
    return judged(main_face(photo.faces))


def face_fault(photo: PhotoFacts) -> ReasonCode:
    """Name the fault of the main face of a photo that has one."""
    face = judged_face(photo)
    is_shut = face is not None and not face.has_open_eyes
    return ReasonCode.EYES_SHUT if is_shut else ReasonCode.FACE_CUT


def costliest(photo: PhotoFacts, terms: Terms, place: int, best: int) -> Reason:
    """Tell what the photo at `place` loses most by, beside that at `best`."""
    lost = {
        ReasonCode.LOWER_SCORE: terms.score,
        ReasonCode.WEAKER_MOMENT: terms.moment,
        ReasonCode.EXPOSED_UNLIKE: terms.exposure,
        ReasonCode.FRAMED_UNLIKE: terms.framing,
        face_fault(photo): terms.face,
    }
    differences = {code: float(term[best] - term[place]) for code, term in lost.items()}
    code = max(differences, key=lambda one: differences[one])
    values = {
        ReasonCode.LOWER_SCORE: {"difference": differences[ReasonCode.LOWER_SCORE]},
        ReasonCode.EXPOSED_UNLIKE: {"stops": float(terms.odd_stops[place])},
    }
    return Reason(code, values.get(code, {}))
