"""When a live picture is another one."""

from __future__ import annotations

import numpy as np

from framepick.live.shots import ShotWatch
from framepick.types import Vectors
from tests.live.made import direction


def between(share: float) -> Vectors:
    mixed = (1 - share) * direction(0) + share * direction(1)
    return np.asarray(mixed / np.linalg.norm(mixed), np.float32)


def shots(contents: list[Vectors], change: float = 0.1) -> list[int]:
    watch = ShotWatch()
    return [watch.add(index / 10, one, change) for index, one in enumerate(contents)]


def test_a_camera_at_rest_has_one_shot() -> None:
    assert set(shots([direction(0)] * 50)) == {0}


def test_a_cut_begins_another_shot() -> None:
    assert shots([direction(0)] * 20 + [direction(1)] * 20) == [0] * 20 + [1] * 20


def test_noise_in_the_dark_is_no_cut() -> None:
    flicker = [direction(index % 2) for index in range(4)]
    assert set(shots([direction(0)] * 10 + flicker[:1], change=0.001)) == {0}


def test_a_camera_that_moves_away_begins_another_shot_on_its_way() -> None:
    way = [between(min(max((index - 10) / 30, 0), 1)) for index in range(60)]
    found = shots(way, change=0.01)
    assert found[10] == 0
    assert found[-1] >= 1
    assert sorted(found) == found
