"""What to judge next, what is like a picture, and what was learnt, in names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from framepick.measures import LOOK
from framepick.taste.pictures import Pictures, joined
from framepick.taste.rounds import any_ranker, next_to_judge, similar_to
from framepick.taste.traits import traits
from tests.taste.made import judged, pictures, reference


def likeness(shown: Pictures, one: int, other: int) -> float:
    return float(shown.content[one] @ shown.content[other])


def test_at_first_pictures_that_differ_are_judged() -> None:
    many = joined([pictures(50, subject, seed=subject) for subject in (0, 1, 2)])
    rows = next_to_judge(many, None, reference(), 3).tolist()
    assert {row // 50 for row in rows} == {0, 1, 2}


def test_a_round_has_no_picture_twice_and_none_that_was_judged() -> None:
    known = judged(pictures(5, 0, seed=1), pictures(5, 1, seed=2))
    others = pictures(30, seed=3)
    many = joined([known.pictures, others, others])
    rows = next_to_judge(many, known, reference(), 100).tolist()
    assert all(row >= 10 for row in rows)
    assert len({(row - 10) % 30 for row in rows}) == len(rows) == 30


def test_unsure_pictures_near_likes_come_before_what_is_known() -> None:
    known = judged(pictures(10, 0, seed=1), pictures(10, 1, seed=2))
    between = pictures(20, 0, seed=3)
    mixed = between.content + pictures(20, 1, seed=4).content
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    unsure = replace(between, content=mixed.astype(np.float32))
    many = joined([pictures(40, 1, seed=5), unsure])
    rows = next_to_judge(many, known, reference(), 5)
    assert np.mean(rows >= 40) > 0.5


def test_pictures_like_one_are_those_of_its_subject_then_of_its_look() -> None:
    many = joined([pictures(20, subject, seed=subject) for subject in (0, 1, 2)])
    one = pictures(1, 1, seed=50)
    rows = similar_to(many, one, reference(), 10)
    assert set((rows // 20).tolist()) == {1}
    twins = one.of_rows(np.zeros(2, np.int64))
    looks = np.stack([one.look[0] + 2, one.look[0]])
    assert similar_to(replace(twins, look=looks), one, reference(), 1).tolist() == [1]


def test_traits_name_what_liking_goes_with() -> None:
    warm = pictures(10, seed=1)
    warm.look[:, LOOK.index("warmth")] += 2.5
    found = traits(any_ranker(judged(warm, pictures(10, seed=2)), reference()), reference())
    assert found[0].name == "warmth"
    assert found[0].correlation > 0.5
    subject = judged(pictures(10, 1, seed=1), pictures(10, 0, seed=2))
    names = {
        one.name: one.correlation for one in traits(any_ranker(subject, reference()), reference())
    }
    assert names["second"] > 0.25 > -0.25 > names["first"]
