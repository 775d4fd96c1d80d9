"""A part of a video: nothing else is asked for, and what is asked for is the frames of the part."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from framepick.config import PickConfig, TimeRange, VideoConfig
from framepick.plans import make_plan
from framepick.protocols import Plan, PlanState, ProcessedRequest
from framepick.scope import Scope
from framepick.types import MEASURES_DTYPE, Flags, FrameRequest, Samples, Timeline

RATE, GOP = 25, 50


def timeline(seconds: float) -> Timeline:
    count = int(seconds * RATE)
    key = np.arange(count) % GOP == 0
    return Timeline(np.arange(count) / RATE, key, np.where(key, 30000, 3000))


def samples_of(film: Timeline, decoded: Flags) -> Samples | None:
    rows = np.flatnonzero(decoded)
    if not len(rows):
        return None
    times = film.times_seconds[rows]
    measures = np.zeros(len(rows), MEASURES_DTYPE)
    measures["luma_spread"] = 0.2
    flat = np.zeros(len(rows))
    leading = np.zeros((len(rows), 4), np.float16)
    return Samples(Fraction(1, 1000), rows, rows, times, np.sin(times / 3), flat, measures, leading)


def explored(film: Timeline, plan: Plan, lost: frozenset[int] = frozenset()) -> list[set[int]]:
    """The frames that a plan asks for, request after request, of a film that loses some frames."""
    return [set(request.frame_indices or ()) for request in requests_of(film, plan, lost)]


def requests_of(
    film: Timeline, plan: Plan, lost: frozenset[int] = frozenset()
) -> list[FrameRequest]:
    decoded = np.zeros(len(film), np.bool_)
    state = PlanState(None, lambda: [], 0.0)
    asked: list[FrameRequest] = []
    while request := plan.next(state):
        assert request.frame_indices is not None
        asked.append(request)
        assert len(asked) < 200
        decoded[[at for at in request.frame_indices if at not in lost]] = True
        samples = samples_of(film, decoded)
        done = ProcessedRequest(request, 0.0, 1.0)
        state = replace(state, samples=samples, processed=(*state.processed, done))
        state = replace(state, peaks=partial(best_rows, samples))
    return asked


def best_rows(samples: Samples | None) -> list[int]:
    return [] if samples is None else [int(np.argmax(samples.raw))]


def config(plan: str, *ranges: TimeRange) -> VideoConfig:
    return VideoConfig(PickConfig(3, ranges=ranges), plan=plan)  # type: ignore[arg-type]


def test_exactly_the_frames_of_the_ranges_are_asked_for() -> None:
    film, scope = timeline(60), Scope(spans=((10.0, 12.0), (30.02, 31.0)), excluded=((11, 11.5),))
    asked = explored(film, make_plan(config("exact"), film, 60, scope))
    assert set().union(*asked) == set(np.flatnonzero(scope.covers(film.times_seconds)).tolist())


def test_the_fast_plan_stays_between_the_key_frame_before_the_range_and_its_end() -> None:
    film, scope = timeline(1200), Scope(spans=((601.0, 901.0),))
    asked = set().union(*explored(film, make_plan(config("fast"), film, 1200, scope)))
    assert min(asked) >= 600 * RATE
    assert max(asked) <= 901 * RATE
    assert 0 < len(asked) < 0.6 * 300 * RATE


def test_a_range_under_a_minute_is_searched_from_end_to_end_and_nothing_else() -> None:
    film, scope = timeline(1200), Scope(spans=((600.0, 620.0),))
    asked = sorted(set().union(*explored(film, make_plan(config("auto"), film, 1200, scope))))
    assert asked[0] == 600 * RATE
    assert 619.8 * RATE <= asked[-1] <= 620 * RATE
    assert np.diff(asked).max() <= 0.2 * RATE + 1
    assert len(asked) < 15 * RATE


def test_frames_of_the_range_alone_are_measured_at_full_size() -> None:
    film, scope = timeline(1200), Scope(spans=((600.0, 620.0),))
    requests = requests_of(film, make_plan(config("auto"), film, 1200, scope))
    details = {at for request in requests for at in request.detail_indices}
    asked = {at for request in requests for at in request.frame_indices or ()}
    assert details
    assert details <= asked


@pytest.mark.parametrize("plan", ["exact", "fast"])
def test_frames_that_have_to_be_there_come_first_with_those_around_them(plan: str) -> None:
    film, scope = timeline(600), Scope(spans=((10.0, 20.0),), included=(300 * RATE,))
    asked = explored(film, make_plan(config(plan), film, 600, scope))
    assert asked[0] == set(range(299 * RATE, 301 * RATE + 1))
    assert max(set().union(*asked[1:])) <= 20 * RATE


def test_frames_that_are_lost_are_not_asked_for_again() -> None:
    film, scope = timeline(60), Scope(spans=((10.0, 12.0),), included=(100,))
    lost = frozenset({100, 101, 260})
    asked = explored(film, make_plan(config("exact"), film, 60, scope), lost)
    assert sum(map(len, asked)) == len(set().union(*asked))


def test_known_frames_of_the_part_are_not_asked_for_again() -> None:
    film, scope = timeline(60), Scope(spans=((10.0, 12.0),))
    known = np.zeros(len(film), np.bool_)
    known[10 * RATE : 11 * RATE] = True
    plan = make_plan(config("exact"), film, 60, scope)
    request = plan.next(PlanState(samples_of(film, known), lambda: [], 0.0))
    assert request is not None
    assert set(request.frame_indices or ()) == set(range(11 * RATE, 12 * RATE + 1))
