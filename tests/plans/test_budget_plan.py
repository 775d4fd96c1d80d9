"""The budget plan, replayed on known scores with a clock that charges for what is decoded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest

from framepick.plans.budget import BudgetPlan
from framepick.plans.gops import Gops
from framepick.protocols import ProcessedRequest
from framepick.types import Floats, FrameRequest, Timeline
from tests.replayed import asked, candidates, film, gain, replay, seen_by, state_of

SECONDS_PER_FRAME = 0.012
FIRST_PASS_SECONDS = 1.0


@dataclass
class TimestampTracker:
    """Goes on by what is decoded, later `slower` times as long."""

    timeline: Timeline
    now: float = 100.0
    slower: float = 1.0

    def __call__(self) -> float:
        return self.now

    def charge(self, request: FrameRequest) -> None:
        rows = np.flatnonzero(asked(self.timeline, request))
        slowness = self.slower if self.now > 105 else 1.0
        self.now += slowness * SECONDS_PER_FRAME * Gops.of(self.timeline).cost(rows) + 0.01


def within(
    timeline: Timeline,
    scores: Floats,
    seconds: float,
    slower: float = 1.0,
    closing_cost: float = 0.0,
) -> tuple[np.ndarray, list[FrameRequest], float]:
    """What is seen within so many seconds, the spans, and the seconds that it took."""
    clock = TimestampTracker(timeline, slower=slower)
    plan = BudgetPlan(candidates(timeline), clock() + seconds, closing_cost)
    known, requests = replay(plan, timeline, scores, passed=clock.charge, clock=clock)
    return known, requests, clock.now - 100.0


@pytest.mark.parametrize("seconds", [1.5, 4.0, 10.0, 30.0, 100.0])
@pytest.mark.parametrize("gop_seconds", [0.5, 2.0, 8.0])
def test_the_time_is_kept(seconds: float, gop_seconds: float) -> None:
    timeline, scores = film(1, 600.0, gop_seconds)
    _, _, taken = within(timeline, scores, seconds)
    assert taken <= 1.1 * seconds
    assert taken >= 0.8 * seconds


def test_the_time_is_kept_on_a_machine_that_becomes_slow() -> None:
    timeline, scores = film(1, 600.0)
    _, _, taken = within(timeline, scores, 20.0, slower=2.0)
    assert taken <= 1.1 * 20.0


@pytest.mark.parametrize("closing_cost", [100.0, 400.0])
def test_time_is_left_for_what_follows_the_search(closing_cost: float) -> None:
    timeline, scores = film(1, 600.0)
    _, _, taken = within(timeline, scores, 20.0, closing_cost=closing_cost)
    assert 0.8 * 20.0 <= taken + SECONDS_PER_FRAME * closing_cost <= 20.0


def test_more_time_finds_no_less() -> None:
    budgets = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0)
    means = []
    for seconds in budgets:
        shares = []
        for seed in range(8):
            timeline, scores = film(seed)
            known, _, _ = within(timeline, scores, seconds)
            shares.append(gain(timeline, scores, known) / gain(timeline, scores, known | True))
        means.append(float(np.mean(shares)))
    assert all(later >= earlier - 0.01 for earlier, later in pairwise(means))
    assert means[3] > 0.9
    assert means[-1] == pytest.approx(1.0)


def test_a_film_that_can_be_seen_whole_in_time_is_decoded_in_one_go() -> None:
    timeline, scores = film(0)
    known, requests, taken = within(timeline, scores, 120.0)
    assert known.all()
    assert requests[1:] == [FrameRequest()]
    assert taken < 60.0


def test_the_first_frames_are_seen_however_little_time_there_is() -> None:
    timeline, scores = film(0)
    known, requests, _ = within(timeline, scores, 0.0)
    assert len(requests) == 1
    assert 0 < known.sum() <= 32


@pytest.mark.parametrize(("seconds", "is_asked"), [(9.0, True), (9.99, False), (10.1, False)])
def test_frames_around_picks_are_decoded_only_while_there_is_time(
    seconds: float, is_asked: bool
) -> None:
    timeline, scores = film(0)
    known = np.ones(len(timeline), np.bool_)
    known[2000:2030] = False
    samples = seen_by(timeline, scores, known)
    state = state_of(None, seconds=9.0 - 0.012 * 50)
    # 50 frames of the first GOP took 12 ms each, and those missing follow up to 50 others
    done = ProcessedRequest(FrameRequest(frame_indices=tuple(range(50))), state.seconds, 9.0)
    state = replace(state.after(done, samples), seconds=seconds, peaks=lambda: [2000])
    plan = BudgetPlan(candidates(timeline, count=1), 10.0)
    request = plan.next(state)
    assert (request is not None) == is_asked
    assert request is None or set(request.frame_indices or ()) <= set(range(2000, 2030))


def test_what_an_earlier_search_saw_is_not_asked_for_again() -> None:
    timeline, scores = film(0, 600.0)
    before, _, _ = within(timeline, scores, 4.0)
    clock = TimestampTracker(timeline)
    plan = BudgetPlan(candidates(timeline), clock() + 4.0)
    known, requests = replay(plan, timeline, scores, known=before, passed=clock.charge, clock=clock)
    assert requests
    assert 3.2 <= clock.now - 100.0 <= 4.4
    assert not any((asked(timeline, request) & before).any() for request in requests)
    assert gain(timeline, scores, known) >= gain(timeline, scores, before)


def test_a_film_that_was_seen_whole_asks_for_nothing() -> None:
    timeline, scores = film(0)
    plan = BudgetPlan(candidates(timeline), 100.0)
    everything = np.ones(len(timeline), np.bool_)
    assert plan.next(state_of(seen_by(timeline, scores, everything))) is None
