"""The order of similar photos, by what orders the frames near a peak, and why (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from framepick.collection import PhotoFacts
from framepick.config import RefineConfig
from framepick.faces.measures import Face, main_face
from framepick.reasons import Reason, ReasonCode
from framepick.refine.blur import blurred, sharpness_of
from framepick.refine.faces import prefer_face
from framepick.refine.order import Alternatives, Ranking, rank, second_reason, sharpest_share
from framepick.types import Floats

MOMENT_WEIGHT = 0.5
"""What a better moment counts, over what a better score counts."""
EXPOSURE_COST = 1.5
"""What a stop of another exposure than similar photos have costs of the score."""
FRAMING_COST = 10.0
"""What it costs of the score to show something else than similar photos do, by cosine distance."""
SAME_SCORE = 0.5
"""Similar photos whose scores so weighted differ by so much at most are as good as each other."""
ODD_STOPS = 0.5
"""Exposure that much beside that of similar photos is told as a reason, and changes structure too
much to be the measure of the others' sharpness."""
_GAMMA, _LEAST_LUMA = 2.2, 0.01
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
class _Terms:
    """What makes one photo better than similar ones, (N,) each; higher is better."""

    score: Floats
    moment: Floats
    exposure: Floats
    framing: Floats

    @property
    def total(self) -> Floats:
        return self.score + self.moment + self.exposure + self.framing


def in_order(photos: Sequence[PhotoFacts], names: Sequence[str]) -> list[Ordered]:
    """Order similar photos, the best first; `names` are what reasons call them."""
    if len(photos) == 1:
        return [Ordered(0, ())]
    stops = _odd_stops(photos)
    terms = _terms(photos, stops)
    sharp = sharpness_of([photo.structure for photo in photos])
    near = np.tile(np.abs(stops) <= ODD_STOPS, (len(photos), 1))
    vetoes = _vetoes(blurred(sharp, near))
    free = np.array([place not in vetoes for place in range(len(photos))])
    # light makes structure: of two photos that are as sharp, the brighter has more
    sharpness = sharp.sharpness / np.square([photo.luma + _LEAST_LUMA for photo in photos])
    pictures = Alternatives(sharpness, terms.total, terms.total, SAME_SCORE)
    ranking = rank(pictures, free | (not free.any()), _EQUAL_SHARPNESS)
    assert ranking is not None  # noqa: S101 - one at least is free
    ranking = _with_best_face(ranking, photos)
    first = Ordered(ranking.best, _first_reasons(pictures, ranking, len(photos), names))
    rest = [place for place in ranking.order.tolist() if place != ranking.best]
    vetoed = [place for place in np.argsort(-terms.total).tolist() if place not in ranking.order]
    return [first] + [
        Ordered(place, (vetoes.get(place) or _reason(place, pictures, ranking, terms, stops),))
        for place in rest + vetoed
    ]


def _odd_stops(photos: Sequence[PhotoFacts]) -> Floats:
    """By how many stops each photo (N,) is brighter than their median."""
    stops = _GAMMA * np.log2(np.array([photo.luma for photo in photos]) + _LEAST_LUMA)
    odd: Floats = stops - np.median(stops)
    return odd


def _terms(photos: Sequence[PhotoFacts], odd_stops: Floats) -> _Terms:
    content = np.stack([photo.content for photo in photos]).astype(np.float64)
    # distances to itself are 0 for each alike
    distances = (1 - content @ content.T).sum(axis=1) / (len(photos) - 1)
    moments = np.array([photo.moment for photo in photos])
    return _Terms(
        score=np.array([photo.score for photo in photos]),
        moment=MOMENT_WEIGHT * (moments - np.median(moments)),
        exposure=-EXPOSURE_COST * np.abs(odd_stops),
        framing=-FRAMING_COST * distances,
    )


def _vetoes(found: Sequence[tuple[ReasonCode, np.ndarray]]) -> dict[int, Reason]:
    """Give the first veto of each photo that has one, by place."""
    vetoes: dict[int, Reason] = {}
    for code, mask in found:
        for place in np.flatnonzero(mask).tolist():
            vetoes.setdefault(place, Reason(code))
    return vetoes


def _with_best_face(ranking: Ranking, photos: Sequence[PhotoFacts]) -> Ranking:
    def main_faces(places: Sequence[int]) -> Mapping[int, Face]:
        found = {place: main_face(photos[place].faces) for place in places}
        return {place: face for place, face in found.items() if face}

    contenders = ranking.order[: ranking.contenders].tolist()
    return prefer_face(ranking, contenders, main_faces, least_overlap=_ANY_OVERLAP)


def _first_reasons(
    pictures: Alternatives, ranking: Ranking, count: int, names: Sequence[str]
) -> tuple[Reason, ...]:
    choice = ranking.face_choice
    if choice and choice.better:
        fault = choice.worse[choice.passed_over]
        face = {"fault": fault.value, "photo": names[choice.passed_over]}
        return (
            Reason(ReasonCode.BEST_OF_SIMILAR, {"photo_count": count}),
            Reason(ReasonCode.FACE_BETTER, face),
        )
    if ranking.contenders == 1:
        return (Reason(ReasonCode.BEST_OF_SIMILAR, {"photo_count": count}),)
    is_sharpest = sharpest_share(pictures, ranking) >= 1
    code = ReasonCode.SHARPEST_OF_SIMILAR if is_sharpest else ReasonCode.AMONG_SHARPEST_OF_SIMILAR
    return (Reason(code, {"photo_count": ranking.contenders}),)


def _reason(
    place: int, pictures: Alternatives, ranking: Ranking, terms: _Terms, stops: Floats
) -> Reason:
    """Tell why a photo without a veto comes after the best: what costs it most."""
    reason = second_reason(pictures, ranking, place, _EQUAL_SHARPNESS)
    if reason.code not in (ReasonCode.LOWER_SCORE, ReasonCode.LOWER_RAW_SCORE):
        return reason
    best = ranking.best
    lost = {
        ReasonCode.LOWER_SCORE: terms.score[best] - terms.score[place],
        ReasonCode.WEAKER_MOMENT: terms.moment[best] - terms.moment[place],
        ReasonCode.EXPOSED_UNLIKE: terms.exposure[best] - terms.exposure[place],
        ReasonCode.FRAMED_UNLIKE: terms.framing[best] - terms.framing[place],
    }
    code = max(lost, key=lambda one: float(lost[one]))
    values = {
        ReasonCode.LOWER_SCORE: {"difference": float(lost[ReasonCode.LOWER_SCORE])},
        ReasonCode.EXPOSED_UNLIKE: {"stops": float(stops[place])},
    }
    return Reason(code, values.get(code, {}))
