"""The order of similar photos, by what orders the frames near a peak, and why (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from framepick.collection import PhotoFacts
from framepick.config import RefineConfig
from framepick.faces.measures import Face, main_face
from framepick.photos.terms import LEAST_LUMA, Terms, costliest, face_fault, terms_of
from framepick.reasons import Reason, ReasonCode
from framepick.refine.blur import Sharpness, blurred, sharpness_of
from framepick.refine.faces import prefer_face
from framepick.refine.order import Alternatives, Ranking, rank, second_reason, sharpest_share
from framepick.types import Flags

SAME_SCORE = 0.5
"""Similar photos whose terms add up to so much less than the best at most are as good."""
ODD_STOPS = 0.5
"""A photo exposed so much unlike the others is no measure of their sharpness."""
_EQUAL_SHARPNESS = RefineConfig().equal_sharpness
_ANY_OVERLAP = -1.0
"""Similar photos show the same person, wherever the hand moved the picture."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """One of several similar photos in its order."""

    place: int
    """Its place among the photos as they were given."""
    reasons: tuple[Reason, ...]
    """Why it is the first, or comes after the first."""


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """Similar photos, and what their comparison gave."""

    photos: Sequence[PhotoFacts]
    names: Sequence[str]
    terms: Terms
    pictures: Alternatives
    ranking: Ranking


def in_order(photos: Sequence[PhotoFacts], names: Sequence[str]) -> list[Ordered]:
    """Order similar photos, the best first; `names` are what reasons call them."""
    if len(photos) == 1:
        return [Ordered(0, ())]
    terms = terms_of(photos)
    sharp = sharpness_of([photo.structure for photo in photos])
    vetoes = _vetoes(sharp, np.abs(terms.odd_stops) <= ODD_STOPS)
    free = np.array([place not in vetoes for place in range(len(photos))])
    # light makes structure: of two photos that are as sharp, the brighter has more
    sharpness = sharp.sharpness / np.square([photo.luma + LEAST_LUMA for photo in photos])
    pictures = Alternatives(sharpness, terms.total, terms.total, SAME_SCORE)
    ranking = rank(pictures, free | (not free.any()), _EQUAL_SHARPNESS)
    assert ranking is not None  # noqa: S101 - one at least is free
    compared = _Compared(photos, names, terms, pictures, _with_best_face(ranking, photos))
    return _explained(compared, vetoes)


def _vetoes(sharp: Sharpness, is_measure: Flags) -> dict[int, Reason]:
    """Give the vetoes of photos, by place, that are blurred beside those that are a measure."""
    vetoes: dict[int, Reason] = {}
    for code, mask in blurred(sharp, is_measure[None]):
        for place in np.flatnonzero(mask).tolist():
            vetoes.setdefault(place, Reason(code))
    return vetoes


def _with_best_face(ranking: Ranking, photos: Sequence[PhotoFacts]) -> Ranking:
    def main_faces(places: Sequence[int]) -> Mapping[int, Face]:
        found = {place: main_face(photos[place].faces) for place in places}
        return {place: face for place, face in found.items() if face}

    contenders = ranking.order[: ranking.contenders].tolist()
    return prefer_face(ranking, contenders, main_faces, least_overlap=_ANY_OVERLAP)


def _explained(one: _Compared, vetoes: Mapping[int, Reason]) -> list[Ordered]:
    """Give all photos in order with their reasons, those with a veto last."""
    order = one.ranking.order.tolist()
    rest = [place for place in order if place != one.ranking.best]
    free = set(order)
    vetoed = [place for place in np.argsort(-one.terms.total).tolist() if place not in free]
    return [Ordered(one.ranking.best, _first_reasons(one))] + [
        Ordered(place, (vetoes.get(place) or _later_reason(one, place),)) for place in rest + vetoed
    ]


def _first_reasons(one: _Compared) -> tuple[Reason, ...]:
    if passed_over := _passed_over_for_face(one):
        place, fault = passed_over
        face = {"fault": fault.value, "photo": one.names[place]}
        best = Reason(ReasonCode.BEST_OF_SIMILAR, {"photo_count": len(one.photos)})
        return (best, Reason(ReasonCode.FACE_BETTER, face))
    count = one.ranking.contenders
    if count == 1:
        return (Reason(ReasonCode.BEST_OF_SIMILAR, {"photo_count": len(one.photos)}),)
    is_sharpest = sharpest_share(one.pictures, one.ranking) >= 1
    code = ReasonCode.SHARPEST_OF_SIMILAR if is_sharpest else ReasonCode.AMONG_SHARPEST_OF_SIMILAR
    return (Reason(code, {"photo_count": count}),)


def _passed_over_for_face(one: _Compared) -> tuple[int, ReasonCode] | None:
    """Give the photo that would be the first but for its main face, and what is worse there."""
    choice, best = one.ranking.face_choice, one.ranking.best
    if choice and choice.better:
        return choice.passed_over, choice.worse[choice.passed_over]
    order = one.ranking.order
    other = int(order[np.argmax((one.terms.total - one.terms.face)[order])])
    if one.terms.face[other] < one.terms.face[best]:
        return other, face_fault(one.photos[other])
    return None


def _later_reason(one: _Compared, place: int) -> Reason:
    """Tell why a photo without a veto comes after the best."""
    reason = second_reason(one.pictures, one.ranking, place, _EQUAL_SHARPNESS)
    if reason.code in (ReasonCode.LOWER_SCORE, ReasonCode.LOWER_RAW_SCORE):
        return costliest(one.photos[place], one.terms, place, one.ranking.best)
    return reason
