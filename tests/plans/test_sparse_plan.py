"""The fast plan of short videos, replayed on known scores: nothing is decoded here."""

from __future__ import annotations

import numpy as np
import pytest

from framepick.config import PickConfig, VideoConfig
from framepick.plans import make_plan
from framepick.plans.fast import FastPlan
from framepick.plans.sparse import STEP_SECONDS, SparsePlan
from framepick.types import FrameRequest, Timeline
from tests.replayed import RATE, asked, candidates, film, gain, replay, state_of

MINUTE = 59.0


def test_frames_from_all_over_the_film_come_first() -> None:
    timeline, _ = film(0, MINUTE)
    request = SparsePlan(candidates(timeline)).next(state_of(None))
    assert request is not None
    assert request.frame_indices is not None
    times = timeline.times_seconds[list(request.frame_indices)]
    assert times[0] == 0.0
    assert times[-1] > timeline.times_seconds[-1] - STEP_SECONDS
    assert np.diff(times).max() == pytest.approx(STEP_SECONDS)


def test_it_finds_what_exact_finds_with_less_than_half_of_the_frames() -> None:
    shares, seen = [], []
    for seed in range(12):
        timeline, scores = film(seed, MINUTE)
        known, _ = replay(SparsePlan(candidates(timeline)), timeline, scores)
        everything = np.ones(len(timeline), np.bool_)
        shares.append(gain(timeline, scores, known) / gain(timeline, scores, everything))
        seen.append(known.mean())
    assert np.mean(shares) >= 0.98
    assert np.mean(seen) < 0.45


def test_all_around_the_best_moments_is_measured_at_full_size_once_in_passing() -> None:
    timeline, scores = film(1, MINUTE)
    known, requests = replay(SparsePlan(candidates(timeline)), timeline, scores)
    assert requests[0].detail_indices == ()
    assert all(request.has_pictures for request in requests)
    details = [at for request in requests for at in request.detail_indices]
    assert len(details) == len(set(details))
    asked_for = {at for request in requests[1:] for at in request.frame_indices or ()}
    assert asked_for <= set(details)
    # those that were scored before the others around them
    assert set(requests[0].frame_indices or ()) & set(details)
    assert known[details].all()
    best = int(np.argmax(np.where(known, np.convolve(scores, np.ones(9) / 9, "same"), 0)))
    assert set(range(best - 10, best + 11)) <= set(details)


def test_no_frame_is_measured_at_full_size_where_none_is_compared() -> None:
    timeline, scores = film(1, MINUTE)
    _, requests = replay(SparsePlan(candidates(timeline, reach_seconds=0.0)), timeline, scores)
    assert len(requests) > 1
    assert not any(request.detail_indices for request in requests)


def test_no_frame_is_asked_for_twice() -> None:
    timeline, scores = film(1, MINUTE)
    _, requests = replay(SparsePlan(candidates(timeline)), timeline, scores)
    assert len(requests) > 1
    assert np.max(sum(asked(timeline, request).astype(int) for request in requests)) == 1


def test_all_around_the_best_moments_is_seen_in_the_end() -> None:
    timeline, scores = film(2, MINUTE)
    known, _ = replay(SparsePlan(candidates(timeline, 1)), timeline, scores)
    smooth = np.convolve(scores, np.ones(9) / 9, "same")
    best = int(np.argmax(np.where(known, smooth, 0)))
    assert known[best - 13 : best + 14].all()


def test_all_is_asked_for_at_once_where_picks_fill_the_film() -> None:
    timeline, _ = film(3, 8.0)
    request = SparsePlan(candidates(timeline)).next(state_of(None))
    assert request == FrameRequest(None, tuple(range(len(timeline))), has_pictures=True)
    request = SparsePlan(candidates(timeline, 1)).next(state_of(None))
    assert request
    assert not request.is_everything


def test_it_stands_in_for_the_fast_plan_where_that_does_not_pay() -> None:
    """One key frame a film: whatever is wanted, all before it has to be decoded."""
    config = VideoConfig(PickConfig(5), plan="fast")
    timeline, _ = film(4, 120.0, gop_seconds=1000.0)
    assert isinstance(make_plan(config, timeline, 120.0), SparsePlan)
    timeline, _ = film(4, 600.0)
    assert isinstance(make_plan(config, timeline, 600.0), FastPlan)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_the_shortest_films_end(count: int) -> None:
    timeline = Timeline(np.arange(count) / RATE, np.arange(count) == 0, np.full(count, 9))
    known, _ = replay(SparsePlan(candidates(timeline)), timeline, np.arange(count, dtype=float))
    assert known.all()
