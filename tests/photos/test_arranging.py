"""A collection in order: groups by the score of their best, stars by all of it, vetoes last."""

from __future__ import annotations

import numpy as np
import pytest

from framepick.collection import PhotoCollection
from framepick.photos import arranged
from framepick.photos.stars import percentiles
from framepick.reasons import Reason, ReasonCode
from tests.photos.made import REFERENCE, facts, measured, unlike


def collection(*photos: tuple[str, object]) -> PhotoCollection:
    files = [measured(name, photo) for name, photo in photos]  # type: ignore[arg-type]
    return arranged(files, (), "encoder", REFERENCE)


def names(found: PhotoCollection) -> list[str]:
    return [str(photo.path) for photo in found.photos]


def test_groups_follow_the_score_of_their_best_and_stay_together() -> None:
    found = collection(
        ("alone", facts(0, score=5.0)),
        ("second", facts(90, 0.0, score=3.0)),
        ("best", facts(91, 0.3, score=7.0)),
    )
    assert names(found) == ["best", "second", "alone"]
    assert [(p.rank, p.group, p.group_size, p.is_best) for p in found.photos] == [
        (1, 1, 2, True), (2, 1, 2, False), (3, 2, 1, True),
    ]  # fmt: skip
    assert [len(group) for group in found.groups] == [2, 1]


@pytest.mark.parametrize("veto", ["black", "white", "flat", "title", "damaged"])
def test_a_photo_with_a_veto_is_the_last_whatever_it_scores(veto: str) -> None:
    found = collection(("empty", facts(veto=veto, score=9.0)), ("poor", facts(score=0.1)))
    assert names(found) == ["poor", "empty"]
    last = found.photos[-1]
    assert (last.facts.shown_score, last.rating) == (0.0, 1)
    assert last.reasons == (Reason(ReasonCode(veto)),)


def test_stars_cover_the_range_of_a_large_collection() -> None:
    found = collection(*((f"{at}", photo) for at, photo in enumerate(unlike(200))))
    ratings = [group[0].rating for group in found.groups]
    assert sorted(ratings, reverse=True) == ratings
    assert set(ratings) == {1, 2, 3, 4, 5}


def test_no_photo_has_more_stars_than_the_best_of_its_group() -> None:
    others = [(f"{at}", facts(30 + 3 * at, score=at / 10)) for at in range(100)]
    found = collection(
        ("shut", facts(0, 0.0, score=9.0, moment=-9.0)), ("open", facts(1, 0.3, score=5.0)), *others
    )
    rating = {str(photo.path): photo.rating for photo in found.photos}
    assert rating["shut"] <= rating["open"]


def test_a_collection_of_few_is_rated_by_the_reference() -> None:
    alone = percentiles(np.array([9.9]), np.array([9.9]), REFERENCE)
    assert alone[0] > 90
    many = percentiles(np.array([9.9]), np.full(1000, 9.95), REFERENCE)
    assert many[0] < 2


def test_the_order_does_not_depend_on_the_order_of_the_files() -> None:
    photos = [(f"{at}", facts(17 * at % 180, score=at % 7)) for at in range(40)]
    assert names(collection(*photos)) == names(collection(*reversed(photos)))
