"""Scores over time, as they are known at once and a little later."""

from __future__ import annotations

import numpy as np
import pytest

from framepick.live.filtering import LAG_SECONDS, START_NOISE, LiveFilter
from framepick.live.observation import Observation, Settled
from tests.live.made import direction, moment

VIEW = np.zeros((8, 8, 3), np.uint8)


def observed(filter: LiveFilter, index: int, score: float, shot: int = 0) -> Observation:
    at = moment(index)
    level, variance = filter.level(at.time_seconds, score, shot)
    return Observation(at, VIEW, direction(0), score, level, 0.0, variance, shot, None)


def run(filter: LiveFilter, scores: list[float], shot: int = 0, first: int = 0) -> list[Settled]:
    given: list[Settled] = []
    for index, score in enumerate(scores, first):
        given += filter.settle(observed(filter, index, score, shot))
    return given


def test_every_frame_is_given_once_in_order_and_after_the_lag() -> None:
    live = LiveFilter()
    given = run(live, [1.0] * 50)
    waiting = live.flush()
    indices = [one.moment.frame_index for one in (*given, *waiting)]
    assert indices == list(range(50))
    assert len(waiting) == pytest.approx(LAG_SECONDS * 10, abs=1)


def test_noise_is_smoothed_and_the_peak_stays_where_it_is() -> None:
    rng = np.random.default_rng(0)
    times = np.arange(200) / 10
    truth = 5 + 1.5 * np.exp(-((times - 10) ** 2))
    noisy = truth + rng.normal(0, 0.2, len(times))
    live = LiveFilter()
    given = [*run(live, noisy.tolist()), *live.flush()]
    found = np.array([one.score for one in given])
    assert np.std(found - truth) < 0.75 * np.std(noisy - truth)
    assert abs(times[int(np.argmax(found))] - 10) <= 0.3


def test_the_level_starts_anew_after_a_cut() -> None:
    live = LiveFilter()
    run(live, [2.0] * 30)
    after = observed(live, 30, 7.0, shot=1)
    assert after.level == pytest.approx(7.0, abs=0.05)


def test_the_noise_is_known_at_the_start_and_learnt_later() -> None:
    rng = np.random.default_rng(1)
    live = LiveFilter()
    assert observed(live, 0, 3.0).variance < 10 * START_NOISE.measurement_variance
    quiet, loud = LiveFilter(), LiveFilter()
    run(quiet, (3 + rng.normal(0, 0.02, 300)).tolist())
    run(loud, (3 + rng.normal(0, 0.6, 300)).tolist())
    assert observed(quiet, 300, 3.0).variance < 0.1 * observed(loud, 300, 3.0).variance


def test_vetoed_frames_do_not_count() -> None:
    live = LiveFilter()
    given = [*run(live, [4.0] * 20 + [float("nan")] * 3 + [4.0] * 20), *live.flush()]
    assert [one.score for one in given] == pytest.approx([4.0] * 43, abs=0.05)


def test_a_session_that_begins_with_vetoed_frames_has_no_level() -> None:
    live = LiveFilter()
    assert np.isnan(observed(live, 0, float("nan")).level)
    assert observed(live, 1, 2.0).level == pytest.approx(2.0, abs=0.01)


def test_nothing_of_before_is_given_after_a_loss() -> None:
    live = LiveFilter()
    run(live, [4.0] * 20)
    live.reset()
    given = [*run(live, [5.0] * 20, first=400), *live.flush()]
    assert [one.moment.frame_index for one in given] == list(range(400, 420))
