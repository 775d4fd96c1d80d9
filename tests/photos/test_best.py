"""The best of similar photos: by score, moment, exposure, framing, sharpness and faces."""

from __future__ import annotations

import pytest

from framepick.collection import PhotoFacts
from framepick.photos.best import SAME_SCORE, in_order
from framepick.reasons import Reason, ReasonCode
from tests.photos.made import face, facts


def order(*photos: PhotoFacts) -> tuple[list[int], list[ReasonCode]]:
    """Places in order, and the last reason of each."""
    ordered = in_order(photos, [f"{place}.jpg" for place in range(len(photos))])
    return [one.place for one in ordered], [one.reasons[-1].code for one in ordered]


def test_a_photo_alone_needs_no_reason() -> None:
    (only,) = in_order([facts()], ["a.jpg"])
    assert only.reasons == ()


def test_a_clearly_higher_score_comes_first() -> None:
    places, codes = order(facts(score=4.0), facts(score=6.0), facts(score=5.0))
    assert places == [1, 2, 0]
    assert codes == [ReasonCode.BEST_OF_SIMILAR, ReasonCode.LOWER_SCORE, ReasonCode.LOWER_SCORE]


def test_of_photos_that_score_the_same_the_sharpest_comes_first() -> None:
    places, codes = order(
        facts(score=5.0 + SAME_SCORE / 2, sharpness=0.8), facts(score=5.0, sharpness=1.0)
    )
    assert places == [1, 0]
    assert codes == [ReasonCode.SHARPEST_OF_SIMILAR, ReasonCode.LESS_SHARP]


def test_a_blurred_photo_comes_last_however_high_it_scores() -> None:
    places, codes = order(facts(score=9.0, sharpness=0.2), facts(score=4.0), facts(score=4.5))
    assert places[-1] == 0
    assert codes[-1] == ReasonCode.OUT_OF_FOCUS


def test_photos_that_are_all_soft_keep_their_order() -> None:
    places, _ = order(facts(score=4.0, sharpness=0.2), facts(score=6.0, sharpness=0.2))
    assert places == [1, 0]


@pytest.mark.parametrize(("luma", "sign"), [(0.9, 1), (0.15, -1)])
def test_a_photo_exposed_unlike_the_others_comes_after_them(luma: float, sign: int) -> None:
    photos = (facts(score=5.3, luma=luma), facts(), facts(luma=0.51))
    ordered = in_order(photos, ["a", "b", "c"])
    assert ordered[-1].place == 0
    (reason,) = ordered[-1].reasons
    assert reason.code == ReasonCode.EXPOSED_UNLIKE
    assert float(reason.values["stops"]) * sign > 1


def test_an_overexposed_photo_is_no_measure_of_sharpness() -> None:
    places, codes = order(facts(luma=0.9, sharpness=9.0), facts(), facts(luma=0.52))
    assert places[-1] == 0
    assert ReasonCode.OUT_OF_FOCUS not in codes


def test_a_photo_framed_unlike_the_others_comes_after_them() -> None:
    places, codes = order(facts(angle=40, score=5.4), facts(), facts(angle=3), facts(angle=-3))
    assert places[-1] == 0
    assert codes[-1] == ReasonCode.FRAMED_UNLIKE


def test_a_weaker_moment_comes_after_a_better_one() -> None:
    places, codes = order(facts(moment=-2.0, score=5.1), facts(moment=2.0))
    assert places == [1, 0]
    assert codes[1] == ReasonCode.WEAKER_MOMENT


def test_open_eyes_take_the_place_of_shut_ones() -> None:
    photos = (facts(score=5.2, faces=[face(eyes=0.1)]), facts(faces=[face()]))
    best, other = in_order(photos, ["shut.jpg", "open.jpg"])
    assert best.place == 1
    told = {"fault": "eyes_shut", "photo": "shut.jpg"}
    assert best.reasons[-1] == Reason(ReasonCode.FACE_BETTER, told)
    assert other.reasons == (Reason(ReasonCode.EYES_SHUT),)


@pytest.mark.parametrize(("lead", "best"), [(0.9, 1), (3.0, 0)])
def test_shut_eyes_cost_more_than_a_slightly_lower_score(lead: float, best: int) -> None:
    photos = (facts(score=5.0 + lead, faces=[face(eyes=0.1)]), facts(faces=[face()]))
    first, second = in_order(photos, ["shut.jpg", "open.jpg"])
    assert first.place == best
    shut = (ReasonCode.EYES_SHUT,)
    assert (tuple(reason.code for reason in second.reasons) == shut) == (best == 1)


def test_where_all_eyes_are_shut_the_score_decides() -> None:
    shut = [face(eyes=0.1)]
    assert order(facts(score=4.0, faces=shut), facts(score=5.0, faces=shut))[0] == [1, 0]


def test_every_photo_has_one_place() -> None:
    photos = [facts(score=at % 3, sharpness=1 + at % 2, luma=0.3 + at / 30) for at in range(12)]
    assert sorted(order(*photos)[0]) == list(range(12))
