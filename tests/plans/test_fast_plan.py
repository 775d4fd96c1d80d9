"""The fast plan, replayed on known scores: nothing is decoded here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from framepick.plans.fast import FastPlan
from framepick.plans.gops import Gops
from framepick.plans.motion import motion_seconds
from framepick.types import Samples, Timeline
from tests.replayed import RATE, asked, candidates, film, gain, replay, seen_by, slides, state_of


def shares_of_exact(effort: float | None, seeds: range, gop_seconds: float = 2.0) -> list[float]:
    shares = []
    for seed in seeds:
        timeline, scores = film(seed, gop_seconds=gop_seconds)
        known, _ = replay(FastPlan(candidates(timeline), effort), timeline, scores)
        everything = np.ones(len(timeline), np.bool_)
        shares.append(gain(timeline, scores, known) / gain(timeline, scores, everything))
    return shares


def test_some_key_frames_from_all_over_the_film_come_first() -> None:
    timeline, _ = film(0, 3600.0)
    request = FastPlan(candidates(timeline)).next(state_of(None))
    assert request is not None
    assert request.frame_indices is not None
    assert len(request.frame_indices) == 32
    assert timeline.key[list(request.frame_indices)].all()
    apart = np.diff(timeline.times_seconds[list(request.frame_indices)])
    assert apart.max() < 3 * 3600 / 32


def test_key_frames_are_seen_ever_more_finely_before_anything_else() -> None:
    timeline, scores = film(0, 600.0)
    _, requests = replay(FastPlan(candidates(timeline)), timeline, scores)
    inside = [not timeline.key[list(request.frame_indices or ())].all() for request in requests]
    first = inside.index(True)
    seen = np.concatenate([list(request.frame_indices or ()) for request in requests[:first]])
    wanted = Gops.of(timeline).start
    assert first >= 3
    assert np.array_equal(np.sort(seen), wanted)


def test_no_frame_is_asked_for_twice() -> None:
    timeline, scores = film(1)
    _, requests = replay(FastPlan(candidates(timeline)), timeline, scores)
    times_asked = sum(asked(timeline, request).astype(int) for request in requests)
    assert np.max(times_asked) == 1


@pytest.mark.parametrize(("gop_seconds", "most_seen"), [(2.0, 0.3), (8.0, 0.3)])
def test_the_fast_plan_finds_nearly_what_exact_finds(gop_seconds: float, most_seen: float) -> None:
    assert np.mean(shares_of_exact(None, range(12), gop_seconds)) >= 0.95
    timeline, scores = film(0, gop_seconds=gop_seconds)
    known, _ = replay(FastPlan(candidates(timeline)), timeline, scores)
    assert known.mean() < most_seen


def test_more_effort_finds_no_less() -> None:
    means = [float(np.mean(shares_of_exact(effort, range(8)))) for effort in (50, 200, 800)]
    assert all(later >= earlier - 0.01 for earlier, later in pairwise(means))
    assert means[0] < 0.99 * means[-1]


def test_it_does_not_pay_from_an_effort_of_half_the_film_on() -> None:
    timeline, _ = film(0)
    assert FastPlan(candidates(timeline), effort=0.2 * len(timeline)).pays
    assert not FastPlan(candidates(timeline), effort=0.5 * len(timeline)).pays


def test_it_beats_an_even_grid_of_equal_cost() -> None:
    ours, grids = 0.0, 0.0
    for seed in range(8):
        timeline, scores = film(seed)
        known, requests = replay(FastPlan(candidates(timeline)), timeline, scores)
        gops = Gops.of(timeline)
        spent = sum(gops.cost(np.array(request.frame_indices)) for request in requests)
        for step in range(1, 400):  # the finest that costs no more
            rows = np.arange(0, len(timeline), step)
            if gops.cost(rows) <= spent:
                break
        ours += gain(timeline, scores, known)
        grids += gain(timeline, scores, np.isin(np.arange(len(timeline)), rows))
    assert ours > 1.02 * grids


def test_the_effort_is_kept() -> None:
    timeline, scores = film(3)
    gops = Gops.of(timeline)
    grid, windows = gops.cost(gops.start), 5 * 31 + 5 * 2 * RATE
    for effort in (50.0, 200.0, 800.0):
        known, _ = replay(FastPlan(candidates(timeline), effort), timeline, scores)
        assert gops.cost(np.flatnonzero(known)) <= grid + effort + windows + 50


def test_all_around_the_best_moments_is_seen_in_the_end() -> None:
    timeline, scores = film(2)
    known, _ = replay(FastPlan(candidates(timeline, 1)), timeline, scores)
    smooth = np.convolve(scores, np.ones(9) / 9, "same")
    best = int(np.argmax(np.where(known, smooth, 0)))
    assert known[best - 13 : best + 14].all()


def test_a_segment_that_nobody_may_pick_from_is_not_decoded() -> None:
    timeline, scores = film(4)
    best = int(np.argmax(np.where(timeline.key, scores, 0.0)))

    def looked_into(is_damaged: bool) -> bool:
        plan = FastPlan(candidates(timeline, 1), effort=100)
        known, samples = np.zeros(len(timeline), np.bool_), None
        while request := plan.next(state_of(samples)):
            known |= asked(timeline, request)
            samples = seen_by(timeline, scores, known)
            samples.measures["is_damaged"][samples.frame_index == best] = is_damaged
        return bool(known[best + 1 : best + 20].any())

    assert looked_into(is_damaged=False)
    assert not looked_into(is_damaged=True)


def test_what_lies_behind_a_cut_is_not_judged_by_what_lies_before_it() -> None:
    timeline, scores = film(7, gop_seconds=1000.0, seconds=100.0)
    timeline = Timeline(timeline.times_seconds, np.arange(2500) % 50 == 0, timeline.size)
    scores[:] = 3.0
    scores[1200:1250] = 9.0  # a shot between two key frames, seen by the first of them

    def first_look(content_change: float) -> tuple[int, ...]:
        plan = FastPlan(candidates(timeline, 1), effort=100)
        samples = None
        known = np.zeros(2500, np.bool_)
        while (request := plan.next(state_of(samples))) and timeline.key[
            list(request.frame_indices or ())
        ].all():
            known |= asked(timeline, request)
            samples = seen_by(timeline, scores, known)
            samples.content_change[samples.frame_index == 1250] = content_change
        assert request is not None
        return request.frame_indices or ()

    assert 1152 not in first_look(0.9)
    assert {*range(1202, 1240, 2)} <= {*first_look(0.9)}


@pytest.mark.parametrize("gop_seconds", [0.04, 0.5, 8.0, 20.0])
def test_key_frames_may_be_dense_or_rare(gop_seconds: float) -> None:
    timeline, scores = film(5, 400.0, gop_seconds)
    known, _ = replay(FastPlan(candidates(timeline, 3)), timeline, scores)
    share = gain(timeline, scores, known, 3) / gain(timeline, scores, known | True, 3)
    assert share > 0.85


def test_a_film_of_key_frames_only_has_a_grid_of_two_a_second() -> None:
    timeline, scores = film(5, 400.0, 0.04)
    _, requests = replay(FastPlan(candidates(timeline, 1), effort=0), timeline, scores)
    grid = sum(len(request.frame_indices or ()) for request in requests[:-1])
    assert 0.8 * 2 * 400 <= grid <= 2 * 400


def test_without_key_frames_to_start_at_it_does_not_pay() -> None:
    assert not FastPlan(candidates(film(5, 400.0, 1000.0)[0], 3)).pays
    assert FastPlan(candidates(film(5, 400.0)[0], 3)).pays


def test_far_between_key_frames_the_grid_has_frames_on_the_way() -> None:
    count = 3600 * RATE
    key = np.arange(count) % (20 * RATE) == 0
    timeline = Timeline(np.arange(count) / RATE, key, np.full(count, 1000))
    scores = np.random.default_rng(0).normal(3, 1, count)
    _, requests = replay(FastPlan(candidates(timeline, 3), effort=0), timeline, scores)
    grid = np.sort(np.concatenate([list(request.frame_indices or ()) for request in requests]))
    assert np.diff(timeline.times_seconds[grid]).max() <= 2.1


def test_frames_that_the_packets_do_not_know_are_passed_over() -> None:
    timeline, scores = film(6)
    longer = np.concatenate([scores, [99.0]])
    known = np.append(timeline.key, True)
    times = np.append(timeline.times_seconds, len(scores) / RATE)
    odd = Timeline(times, known, np.full(len(times), 9, np.int64))
    samples = seen_by(odd, longer, known)
    assert FastPlan(candidates(timeline)).next(state_of(samples)) is not None


def test_frames_that_damage_has_lost_are_not_asked_for_for_ever() -> None:
    timeline, scores = film(6)
    best = int(np.argmax(scores))
    lost = np.zeros(len(timeline), np.bool_)
    lost[best - 100 : best + 100] = True
    known, requests = replay(FastPlan(candidates(timeline)), timeline, scores, lost)
    assert len(requests) < 50
    assert not known[best]


def test_a_search_that_was_finished_asks_for_nothing_more() -> None:
    for seed in range(4):
        timeline, scores = film(seed)
        known, _ = replay(FastPlan(candidates(timeline)), timeline, scores)
        assert (
            FastPlan(candidates(timeline)).next(state_of(seen_by(timeline, scores, known))) is None
        )


def test_a_search_that_was_broken_off_goes_on_from_there() -> None:
    timeline, scores = film(1)
    plan = FastPlan(candidates(timeline))
    _, requests = replay(plan, timeline, scores)
    before = np.any([asked(timeline, request) for request in requests[:6]], axis=0)
    known, more = replay(FastPlan(candidates(timeline)), timeline, scores, known=before)
    assert not any((asked(timeline, request) & before).any() for request in more)
    assert 0 < len(more) < len(requests)
    assert gain(timeline, scores, known) > 0.9 * gain(timeline, scores, known | True)


def test_more_picks_are_found_in_what_was_seen_for_fewer() -> None:
    timeline, scores = film(1, 600.0)
    known, _ = replay(FastPlan(candidates(timeline, 2)), timeline, scores)
    more, requests = replay(FastPlan(candidates(timeline, 12)), timeline, scores, known=known)
    assert requests
    assert not any((asked(timeline, request) & known).any() for request in requests)
    assert gain(timeline, scores, more, 12) > gain(timeline, scores, known, 12)


def test_static_pictures_are_decoded_less_and_found_as_well() -> None:
    seen, seen_blind, found, best = 0.0, 0.0, 0.0, 0.0
    for seed in range(6):
        timeline, scores, number = slides(seed)
        sizes = np.where(timeline.key, 20_000, 1000)
        blind = Timeline(timeline.times_seconds, timeline.key, sizes)
        known, _ = replay(FastPlan(candidates(timeline)), timeline, scores, shot=number)
        seen += known.mean()
        seen_blind += replay(FastPlan(candidates(blind)), blind, scores, shot=number)[0].mean()
        of_each = np.full(101, -np.inf)
        np.maximum.at(of_each, number[known], scores[known])
        found += np.sort(of_each)[-5:].sum() - 5 * scores.mean()
        np.maximum.at(of_each, number, scores)
        best += np.sort(of_each)[-5:].sum() - 5 * scores.mean()
    assert seen < 0.7 * seen_blind
    assert found > 0.99 * best


def test_weighted_time_stands_still_where_packets_are_tiny() -> None:
    moving, _ = film(0, 60.0)
    still, _, _ = slides(0, 60.0)
    assert motion_seconds(moving)[-1] == pytest.approx(60.0, rel=0.2)
    assert motion_seconds(still)[-1] < 1.0
    assert np.all(np.diff(motion_seconds(still)) >= 0)


def test_all_that_is_missing_around_picks_is_asked_for_in_the_end() -> None:
    timeline, scores = film(0, 60.0)
    around = candidates(timeline, reach_seconds=0.1)
    known = np.zeros(len(timeline), np.bool_)
    known[[100, 101, 300]] = True
    samples = seen_by(timeline, scores, known)
    state = state_of(samples, lambda samples: [0, 2])
    missing = around.around_peaks(state, known) & ~known
    assert np.flatnonzero(missing).tolist() == [98, 99, 102, 298, 299, 301, 302]


def test_more_than_is_missing_around_picks_is_asked_for_and_nothing_where_all_is_known() -> None:
    timeline, scores = film(0, 60.0)
    around = replace(candidates(timeline, reach_seconds=0.1), spare_seconds=0.04)
    known = np.zeros(len(timeline), np.bool_)
    known[[98, 99, 100, 101, 102, 300]] = True
    state = state_of(seen_by(timeline, scores, known), lambda samples: [2, 5])
    near = np.flatnonzero(around.around_peaks(state, known)).tolist()
    assert near == [98, 99, 100, 101, 102, 297, 298, 299, 300, 301, 302, 303]


def best_of(samples: Samples | None) -> Sequence[int]:
    """Pick the frame with the best score of its own."""
    return () if samples is None else [int(np.argmax(samples.raw))]


@pytest.mark.parametrize("reach_seconds", [0.5, 1.0, 3.0])
def test_every_frame_near_what_is_picked_is_decoded(reach_seconds: float) -> None:
    timeline, scores = film(2)
    scores[777] = 99.0  # better than its neighbours by far, which smoothed scores level out
    plan = FastPlan(candidates(timeline, reach_seconds=reach_seconds), effort=0)
    known, requests = replay(plan, timeline, scores, peaks=best_of)
    best = int(np.argmax(np.where(known, scores, 0)))
    near = np.abs(timeline.times_seconds - timeline.times_seconds[best]) <= reach_seconds
    assert known[near].all()
    assert np.max(sum(asked(timeline, request).astype(int) for request in requests)) == 1


def test_frames_near_a_pick_that_never_come_are_asked_for_once() -> None:
    timeline, scores = film(2)
    lost = np.zeros(len(timeline), np.bool_)
    lost[::3] = True
    plan = FastPlan(candidates(timeline, reach_seconds=2.0), effort=0)
    _, requests = replay(plan, timeline, scores, lost, peaks=best_of)
    assert np.max(sum(asked(timeline, request).astype(int) for request in requests)) == 1


def test_a_plan_gives_the_same_request_for_the_same_state() -> None:
    timeline, scores = film(1)
    known, _ = replay(FastPlan(candidates(timeline), effort=100), timeline, scores)
    plan = FastPlan(candidates(timeline))
    state = state_of(seen_by(timeline, scores, known))
    first = plan.next(state)
    assert first is not None
    assert plan.next(state) == first
    assert FastPlan(candidates(timeline)).next(state) == first
