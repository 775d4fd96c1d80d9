"""Rated footage: known scores give known figures, and what is wrong with a folder is told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from framepick.evaluation.footage.clips import RatedClip
from framepick.evaluation.footage.figures import (
    best_lift,
    choice_figures,
    even_spread,
    random_choice,
    score_figures,
)

RATED = (2, 7, 12, 17, 22, 27)
"""Frames of each clip that are rated, five apart; each shows one brightness until the next."""


def rated_clip(ratings: Sequence[float], best: Sequence[int] = (17, 22, 27, 12)) -> RatedClip:
    return RatedClip(
        name="a.mp4",
        use="train",
        topic="pet",
        origin="a",
        frame_count=30,
        frame_indices=np.array(RATED),
        ratings=np.array(ratings, np.float64),
        best_four=np.array(best),
        video=Path("a.mp4"),
    )


RISING = rated_clip([1, 2, 3, 4, 5, 6])


def test_a_score_in_the_order_of_the_ratings_agrees_fully_and_picks_the_best() -> None:
    found = score_figures(RISING, np.array([0.1, 0.2, 0.3, 0.4, 0.5, 9.0]))
    assert found.within == pytest.approx(1.0)
    assert found.top.lift == best_lift(RISING) == pytest.approx(4.5 - 3.5)
    assert (found.top.count, found.top.poor, found.top.met) == (4, 1, 1.0)


def test_a_score_turned_round_picks_the_worst() -> None:
    found = score_figures(RISING, np.array([6.0, 5, 4, 3, 2, 1]))
    assert found.within == pytest.approx(-1.0)
    assert found.top.lift == pytest.approx(2.5 - 3.5)
    assert found.top.poor == 3


def test_a_constant_score_agrees_with_nothing_and_constant_ratings_count_for_nothing() -> None:
    assert score_figures(RISING, np.ones(6)).within == 0.0
    assert np.isnan(score_figures(rated_clip([5] * 6), np.arange(6.0)).within)


def test_rounds_of_scores_are_averaged() -> None:
    rising = np.arange(6.0)
    found = score_figures(RISING, np.stack([rising, -rising]))
    assert found.within == pytest.approx(0.0)
    assert found.top.lift == pytest.approx(0.0)


def test_a_pick_takes_the_rating_of_the_nearest_rated_frame() -> None:
    found = choice_figures(RISING, [0, 26])  # nearest to 2 and 27, rated 1 and 6
    assert found.lift == pytest.approx(0.0)
    assert found.poor == 1
    assert found.met == pytest.approx(2 / 4)  # 22 and 27 are at most five frames from 26


def test_a_clip_without_picks_gains_nothing() -> None:
    found = choice_figures(RISING, [])
    assert (found.count, found.lift, found.met) == (0, 0.0, 0.0)


def test_an_even_spread_takes_the_middles_of_four_parts() -> None:
    assert even_spread(RISING) == choice_figures(RISING, [3, 11, 18, 26])


def test_random_frames_gain_nothing_on_the_average() -> None:
    assert abs(random_choice(RISING).lift) < 0.1
