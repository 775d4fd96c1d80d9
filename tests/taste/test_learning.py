"""Learning from likes and dislikes, and staying off where it does not help."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from framepick.taste.learning import LEAST_LIKES, learn, right_pairs
from framepick.taste.pictures import Judged
from framepick.taste.ranker import PersonalScorer
from framepick.taste.ways import MOST_JUDGED, Examples, Way, fitted
from tests.taste.made import judged, pictures, reference


def test_what_is_liked_is_learnt_from_ten_judgements_of_each_kind() -> None:
    lesson = learn(judged(pictures(10, 0, seed=1), pictures(10, 1, seed=2)), reference())
    assert lesson.ranker is not None
    assert lesson.chance <= 0.01
    assert lesson.accuracy[lesson.way] > 0.9 > lesson.general_accuracy
    liked, disliked = (
        lesson.ranker.liking(reference().scale.standard(pictures(50, subject, seed=9)))
        for subject in (0, 1)
    )
    assert np.mean(liked[:, None] > disliked[None]) > 0.95


@pytest.mark.parametrize("way", Way)
def test_each_way_learns_a_subject(way: Way) -> None:
    known = judged(pictures(10, 0, seed=1), pictures(10, 1, seed=2))
    ranker = fitted(way, Examples.of(known, reference()))
    likes, dislikes = pictures(100, 0, seed=9), pictures(100, 1, seed=10)
    values = [ranker.liking(reference().scale.standard(one)) for one in (likes, dislikes)]
    assert np.mean(values[0][:, None] > values[1][None]) > 0.9


def test_a_look_is_learnt_too() -> None:
    lesson = learn(judged(pictures(10, seed=1, look=1.5), pictures(10, seed=2)), reference())
    assert lesson.ranker is not None
    assert lesson.way == Way.RIDGE


def test_likes_alone_are_learnt_against_photographs_at_large() -> None:
    nothing = pictures(0)
    lesson = learn(judged(pictures(12, 0, seed=1), nothing), reference())
    assert lesson.ranker is not None
    values = [
        lesson.ranker.liking(reference().scale.standard(one))
        for one in (pictures(50, 0, seed=8), pictures(50, seed=9))
    ]
    assert np.mean(values[0][:, None] > values[1][None]) > 0.85


def test_of_twenty_who_judge_by_chance_one_at_most_gets_a_taste() -> None:
    used = 0
    for seed in range(20):
        anything = pictures(20, seed=100 + seed)
        lesson = learn(Judged(anything, np.arange(20) < 10), reference())
        used += lesson.ranker is not None
        if lesson.ranker is None and lesson.chance > 0.01:
            assert lesson.missing_likes >= 2
    assert used <= 1


def test_a_taste_that_is_the_general_score_is_not_used_and_needs_no_more_likes() -> None:
    anything = pictures(40, seed=3)
    order = np.argsort(-anything.scores)
    liked = np.isin(np.arange(40), order[:20])
    lesson = learn(Judged(anything, liked), reference())
    assert lesson.general_accuracy == 1.0
    assert lesson.ranker is None
    assert lesson.missing_likes == 0


def test_a_few_likes_are_not_enough_and_it_says_how_many_are_missing() -> None:
    lesson = learn(judged(pictures(LEAST_LIKES - 2, 0), pictures(10, 1)), reference())
    assert lesson.ranker is None
    assert lesson.missing_likes == 2


def test_the_same_judgements_teach_the_same() -> None:
    known = judged(pictures(10, 0, seed=1), pictures(10, 1, seed=2))
    lessons = [learn(known, reference()) for _ in range(2)]
    values = [one.ranker.liking(known.pictures) for one in lessons if one.ranker]
    assert np.array_equal(values[0], values[1])
    assert lessons[0].accuracy == lessons[1].accuracy


def test_thousands_of_kept_photos_are_learnt_from_by_some_of_them() -> None:
    known = judged(pictures(3 * MOST_JUDGED, 0, seed=1), pictures(20, 1, seed=2))
    examples = Examples.of(known, reference())
    assert examples.like_count == MOST_JUDGED
    assert len(examples.labels) == MOST_JUDGED + 20


def test_general_taste_is_kept_unless_likes_are_like_the_picture() -> None:
    known = judged(pictures(10, 0, seed=1), pictures(10, 1, seed=2))
    lesson, held = learn(known, reference()), reference()
    assert lesson.ranker is not None
    eager = _Eager()
    scorer = PersonalScorer(eager, known.likes.content, held)
    bad = replace(pictures(300, seed=5), scores=np.linspace(0, held.lowest_fifth, 300))
    alike = np.max(bad.content @ known.likes.content.T, axis=1)
    scores = scorer.score(bad)
    assert np.all(scores[alike < 0.8] <= held.median)
    same = replace(known.likes, scores=np.full(10, held.lowest_fifth))
    assert np.all(scorer.score(same) > held.median)


def test_what_liking_does_to_scores_changes_steadily_with_them() -> None:
    held = reference()
    scorer = PersonalScorer(_Eager(), np.eye(1, 8, dtype=np.float32), held)
    one = pictures(1, 1, seed=5)
    scores = np.linspace(0, 8, 801)
    many = replace(one.of_rows(np.zeros(801, np.int64)), scores=scores)
    steps = np.diff(scorer.score(many))
    assert np.all(steps >= 0)
    assert steps.max() < 0.05


def test_pairs_in_the_right_order_are_counted() -> None:
    labels = np.array([[1.0], [1.0], [-1.0], [-1.0]])
    assert right_pairs(np.array([[4.0], [3.0], [2.0], [1.0]]), labels) == 1
    assert right_pairs(np.array([[4.0], [1.0], [2.0], [3.0]]), labels) == 0.5
    assert right_pairs(np.array([[1.0], [2.0], [3.0], [4.0]]), labels) == 0


class _Eager:
    """Likes everything very much."""

    def liking(self, pictures: object) -> np.ndarray:
        return np.full(len(pictures), 3.0)  # type: ignore[arg-type]
