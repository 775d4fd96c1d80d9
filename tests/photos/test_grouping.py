"""Photos that show the same are one group: bursts, and near-duplicates whenever they were taken."""

from __future__ import annotations

import numpy as np
import pytest

from framepick.collection import PhotoFacts
from framepick.photos.grouping import (
    BURST_GAP_SECONDS,
    DUPLICATE_DISTANCE,
    SUBJECT_DISTANCE,
    burst_numbers,
    similar_photos,
)
from tests.photos.made import facts


def degrees(distance: float) -> float:
    """Angle between content vectors at a cosine distance."""
    return float(np.degrees(np.arccos(1 - distance)))


NEAR = degrees(DUPLICATE_DISTANCE) * 0.9
MOVED = degrees(SUBJECT_DISTANCE) * 0.9


def test_near_duplicates_are_one_group_whenever_they_were_taken() -> None:
    photos = [facts(0), facts(90, 5), facts(NEAR, 9e5)]
    assert sorted(similar_photos(photos)) == [[0, 2], [1]]


def test_a_burst_is_one_group_though_the_hand_moves() -> None:
    photos = [facts(0, 0.0), facts(MOVED, 0.3)]
    assert similar_photos(photos) == [[0, 1]]


def test_copies_that_differ_in_content_are_one_group_by_their_layout() -> None:
    photos = [facts(0, 5, layout=1), facts(-MOVED, layout=2), facts(MOVED, 9e5, layout=1)]
    assert sorted(similar_photos(photos)) == [[0, 2], [1]]


@pytest.mark.parametrize(
    "other",
    [facts(MOVED, layout=2), facts(degrees(SUBJECT_DISTANCE) * 1.1, layout=1), facts(MOVED)],
    ids=["another layout", "another subject", "plain"],
)
def test_what_only_looks_or_only_lies_alike_is_no_copy(other: PhotoFacts) -> None:
    assert sorted(similar_photos([facts(0, layout=1), other])) == [[0], [1]]


@pytest.mark.parametrize(
    "other",
    [
        facts(MOVED, BURST_GAP_SECONDS + 0.5),
        facts(MOVED, 0.3, camera="D"),
        facts(MOVED, None),
        facts(degrees(SUBJECT_DISTANCE) * 1.1, 0.3),
    ],
    ids=["later", "other camera", "no time", "other subject"],
)
def test_what_is_no_burst_is_not_grouped(other: PhotoFacts) -> None:
    assert sorted(similar_photos([facts(0, 0.0), other])) == [[0], [1]]


def test_a_long_burst_goes_on_while_no_gap_is_long() -> None:
    photos = [facts(0, at * 0.9 * BURST_GAP_SECONDS) for at in range(6)]
    assert len(set(burst_numbers(photos).tolist())) == 1


def test_photos_without_a_time_are_no_burst() -> None:
    assert len(set(burst_numbers([facts(), facts(), facts(0, 1.0)]).tolist())) == 3


def test_small_steps_do_not_chain_photos_that_differ() -> None:
    photos = [facts(at * NEAR) for at in range(5)]
    assert sorted(map(len, similar_photos(photos))) == [2, 3]


def test_more_photos_than_are_compared_at_once_are_all_in_one_group_each() -> None:
    photos = [facts((at % 3) * 90.0) for at in range(1200)]
    groups = similar_photos(photos)
    assert sorted(place for group in groups for place in group) == list(range(1200))
    assert len(groups) == 3


def test_no_photos_are_no_groups() -> None:
    assert similar_photos([]) == []
