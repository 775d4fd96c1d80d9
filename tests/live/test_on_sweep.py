"""A sweep in a session: what is held on to, and what is kept at its end."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from framepick.live.observation import Observation
from framepick.live.policies import Action, Drop, Keep, OnSweep, Propose
from framepick.reasons import ReasonCode
from framepick.types import Pixels
from samples.clipmaker import load
from tests.live.made import RATE, direction, moment

SIDE = 96


def panorama() -> Pixels:
    return load("landscape", (4 * SIDE, SIDE))


def swept(policy: OnSweep, way: list[float], best: float) -> Iterator[Action]:
    """Play a camera that looks along a `way` of shares of its width; it is best at `best`."""
    wide = panorama()
    for index, x in enumerate(way):
        at = moment(index)
        left = round(x * SIDE)
        view = np.ascontiguousarray(wide[:, left : left + SIDE])
        score = 3.0 + 2.0 * float(np.exp(-(((x - best) / 0.4) ** 2)))
        seen = Observation(at, view, direction(int(2 * x)), score, score, 0.0, 0.01, 0, None)
        policy.observe(seen)
        yield from policy.update([], at.time_seconds)


def there_and_back() -> list[float]:
    out = np.linspace(0.0, 2.6, 50).tolist()
    back = np.linspace(2.6, 1.3, 25).tolist()
    return [*out, *back, *[1.3] * 30]


def test_a_sweep_ends_where_it_is_best_and_keeps_three_views() -> None:
    policy = OnSweep(post_roll_seconds=0.5)
    actions = [*swept(policy, there_and_back(), best=1.3)]
    assert policy.is_done
    assert policy.guide is not None
    assert policy.guide.state == "done"
    actions += policy.finish()
    kept = [one for one in actions if isinstance(one, Keep)]
    assert [one.why for one in kept] == [ReasonCode.BEST_VIEW, *[ReasonCode.OTHER_VIEW] * 2]
    way = there_and_back()
    assert abs(way[kept[0].moment.frame_index] - 1.3) < 0.1
    seen = [way[one.moment.frame_index] for one in kept]
    assert min(abs(seen[0] - seen[1]), abs(seen[0] - seen[2]), abs(seen[1] - seen[2])) > 0.2


def test_what_is_kept_was_held_on_to_in_time_and_little_else_is() -> None:
    policy = OnSweep(post_roll_seconds=0.5)
    held: dict[int, float] = {}
    most = 0
    for action in (*swept(policy, there_and_back(), best=0.7), *policy.finish()):
        match action:
            case Propose(key, at):
                held[key] = at.time_seconds
            case Drop(key):
                held.pop(key)
            case Keep(key):
                assert key in held
        most = max(most, len(held))
    assert 3 <= most <= 10
    assert len(held) == 3


def test_a_key_ends_the_sweep() -> None:
    policy = OnSweep(post_roll_seconds=0.5)
    list(swept(policy, np.linspace(0.0, 2.0, 2 * RATE).tolist(), best=1.0))
    assert not policy.is_done
    policy.press(moment(20), 3.0)
    assert policy.is_done
    assert [one for one in policy.finish() if isinstance(one, Keep)]
