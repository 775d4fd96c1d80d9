"""Which moments are kept, and when that is decided."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import pytest

from framepick.live.policies import (
    Action,
    BestOfEvery,
    BestOfSession,
    Drop,
    Keep,
    OnPeak,
    OnPress,
    Policy,
    Propose,
)
from framepick.reasons import ReasonCode
from tests.live.made import RATE, direction, moment, played, settled

PRE, POST = 3.0, 1.0


def bump(time: float, at: float, height: float = 1.0, width: float = 0.5) -> float:
    return height * math.exp(-(((time - at) / width) ** 2))


def kept(actions: Iterable[tuple[float, Action]]) -> list[float]:
    """Give the times of the moments that are kept in the end."""
    found: dict[int, float] = {}
    for _, action in actions:
        match action:
            case Keep(key, of):
                found[key] = of.time_seconds
            case Drop(key):
                found.pop(key, None)
    return sorted(found.values())


def finished(policy: Policy) -> list[tuple[float, Action]]:
    return [(math.inf, action) for action in policy.finish()]


def test_every_window_gives_its_best_moment() -> None:
    policy = BestOfEvery(10.0, POST)
    actions = list(played(policy, lambda t: bump(t, 4.0) + bump(t, 17.0) + bump(t, 22.0), 40))
    assert kept([*actions, *finished(policy)])[:3] == pytest.approx([4.0, 17.0, 22.0])


def test_a_best_at_the_end_of_its_window_is_kept_too() -> None:
    policy = BestOfEvery(5.0, POST)
    actions = list(played(policy, lambda t: t, 7.5))
    assert kept(actions) == pytest.approx([4.9])


def test_a_window_longer_than_the_recent_past_holds_on_to_its_best() -> None:
    policy = BestOfEvery(60.0, POST)
    actions = list(played(policy, lambda t: bump(t, 10.0), 70))
    proposed = [(now, one) for now, one in actions if isinstance(one, Propose)]
    now, best = next((now, one) for now, one in proposed if one.moment.time_seconds == 10.0)
    assert now - best.moment.time_seconds <= PRE
    assert kept(actions) == pytest.approx([10.0])
    let_go = {one.key for _, one in actions if isinstance(one, Drop)}
    assert {one.key for _, one in proposed} - let_go == {best.key} | _later(proposed)


def _later(proposed: list[tuple[float, Propose]]) -> set[int]:
    return {one.key for _, one in proposed if one.moment.time_seconds >= 60.0}


def test_a_vetoed_frame_is_never_the_best() -> None:
    policy = BestOfEvery(5.0, POST)
    frames = [settled(0, 1.0), settled(1, 9.0, veto=ReasonCode.FLASH), settled(2, 2.0)]
    actions = [*policy.update(frames, 1.0), *policy.finish()]
    assert kept((0.0, one) for one in actions) == [0.2]


def test_peaks_are_kept_while_they_can_still_be_had() -> None:
    policy = OnPeak(POST)
    peaks = [10.0, 20.0, 33.0]
    actions = list(played(policy, lambda t: sum(bump(t, at) for at in peaks), 40))
    assert kept(actions) == pytest.approx(peaks)
    for now, action in actions:
        assert isinstance(action, Keep)
        assert now - action.moment.time_seconds <= PRE


def test_noise_alone_makes_no_peak() -> None:
    policy = OnPeak(POST)
    assert not kept(played(policy, lambda t: 0.02 * math.sin(9 * t), 60))


def test_an_early_best_is_not_best_for_ever() -> None:
    lower = [30.0 * number for number in range(1, 9)]
    policy = OnPeak(POST)

    def score(t: float) -> float:
        return bump(t, 6.0, 5.0) + sum(bump(t, at, 1.0) for at in lower)

    times = kept(played(policy, score, 250))
    assert times[0] == pytest.approx(6.0)
    assert 30.0 not in times
    assert times[-3:] == pytest.approx(lower[-3:])


def test_two_peaks_are_apart() -> None:
    policy = OnPeak(POST, gap_seconds=3.0)
    times = kept(played(policy, lambda t: bump(t % 1.5, 0.75, width=0.2), 60))
    assert times
    assert min(b - a for a, b in pairwise(times)) >= 3.0


def test_the_pressed_frame_is_kept_at_once_and_as_it_is() -> None:
    policy = OnPress(PRE, POST)
    list(played(policy, lambda t: 1.0, 5.0))
    (action,) = policy.press(moment(50), 1.0)
    assert isinstance(action, Keep)
    assert action.is_exact
    assert action.moment == moment(50)


def test_two_better_neighbours_follow_the_pressed_frame() -> None:
    policy = OnPress(PRE, POST)

    def score(t: float) -> float:
        return bump(t, 4.0) + bump(t, 5.6, 0.8, 0.2) + bump(t, 1.0, 9.0)

    list(played(policy, score, 5.0))
    policy.press(moment(50), score(5.0))
    times = kept(played(policy, score, 3.0, first=50))
    assert times == pytest.approx([4.0, 5.6])


def test_nothing_follows_where_nothing_is_better() -> None:
    policy = OnPress(PRE, POST)
    list(played(policy, lambda t: 1.0, 5.0))
    policy.press(moment(50), 1.0)
    assert not kept(played(policy, lambda t: 1.02, 3.0, first=50))


def test_the_best_of_the_session_stay() -> None:
    policy = BestOfSession(3, POST, variety=0.0)
    peaks = {5.0: 1.0, 15.0: 3.0, 25.0: 2.0, 35.0: 0.5, 45.0: 4.0}

    def score(t: float) -> float:
        return sum(bump(t, at, height) for at, height in peaks.items())

    def shows(t: float) -> int:
        return int(t // 10)

    actions = [*played(policy, score, 60, shows), *finished(policy)]
    assert kept(actions) == pytest.approx([15.0, 25.0, 45.0])


def test_a_camera_at_rest_fills_the_set_with_near_duplicates() -> None:
    policy = BestOfSession(3, POST)
    frames = [replace(settled(index, 2.0), content=direction(0)) for index in range(100)]
    actions = [*policy.update(frames, 10.5), *policy.finish()]
    assert len(kept((0.0, one) for one in actions)) == 3


def test_a_set_shows_different_things() -> None:
    policy = BestOfSession(2, POST, variety=0.5)

    def score(t: float) -> float:
        return 3.4 if t < 20 else 3.0 + bump(t, 25) + bump(t, 35)

    actions = [*played(policy, score, 40, shows=lambda t: int(t >= 20)), *finished(policy)]
    early, late = kept(actions)
    assert early < 20 < late


def test_what_is_held_on_to_is_bounded() -> None:
    policy = BestOfSession(3, POST, variety=0.0)
    held: set[int] = set()
    most = 0
    for _, action in played(policy, lambda t: t + bump(t % 2.0, 1.0, 0.4), 300):
        match action:
            case Propose(key):
                held.add(key)
            case Drop(key):
                held.discard(key)
        most = max(most, len(held))
    assert most <= 3 * 4 + 1


def test_a_moment_is_saved_only_if_it_was_proposed_in_time() -> None:
    policy = BestOfSession(2, POST)
    proposed: dict[int, float] = {}
    for now, action in played(policy, lambda t: bump(t % 7, 3.0), 40):
        match action:
            case Propose(key, of):
                proposed[key] = now - of.time_seconds
            case Keep(key):
                assert key in proposed
    assert proposed
    assert max(proposed.values()) <= PRE


def test_all_policies_take_uneven_rates() -> None:
    for policy in (BestOfEvery(5.0, POST), OnPeak(POST), BestOfSession(2, POST)):
        for index in range(0, 40 * RATE, 7):
            time = index / RATE
            policy.update([settled(index, bump(time, 20.0))], time + 0.5)
        policy.finish()
