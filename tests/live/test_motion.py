from __future__ import annotations

import numpy as np
import pytest

from framepick.live import motion
from framepick.live.motion import Position, Shift, Tracker, shift_between, texture_of
from framepick.types import Pixels
from tests.live.panned import SIDE, as_view, view, wide

SCENE = wide()


def seen(first: Pixels, second: Pixels) -> Shift:
    shift = shift_between(texture_of(first), texture_of(second))
    assert shift is not None
    return shift


@pytest.mark.parametrize("share", [0.0, 0.015, 0.1, 0.25, 0.4])
def test_a_shift_is_found_up_to_two_fifths_of_the_width(share: float) -> None:
    shift = seen(view(SCENE, 1.5, grain=4), view(SCENE, 1.5 + share, 0.5 - share / 2, grain=4))
    assert shift.dx == pytest.approx(share, abs=0.01)
    assert shift.dy == pytest.approx(-share / 2, abs=0.01)


def test_a_camera_that_turns_left_moves_left() -> None:
    assert seen(view(SCENE, 1.5), view(SCENE, 1.2)).dx == pytest.approx(-0.3, abs=0.01)


def test_a_shift_is_finer_than_the_pixels_that_are_compared() -> None:
    step = 1 / SIDE
    assert step < 1 / motion.SIDE
    assert seen(view(SCENE, 1.5), view(SCENE, 1.5 + step)).dx == pytest.approx(step, rel=0.3)


def test_other_light_does_not_count() -> None:
    shift = seen(view(SCENE, 1.5), view(SCENE, 1.7, gain=0.5))
    assert shift.dx == pytest.approx(0.2, abs=0.01)


def test_a_logo_and_dark_corners_that_stand_still_do_not_hold_the_picture() -> None:
    down, right = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    corners = 1 - 0.4 * (down**2 + right**2)

    def filmed(x: float) -> Pixels:
        picture = view(SCENE, x, grain=3)[..., 0] * corners
        picture[100:120, 80:120:4] = 255
        picture[8:16, 4:70:3] = 0
        return as_view(picture)

    for share in (0.05, 0.2, 0.4):
        assert seen(filmed(1.5), filmed(1.5 + share)).dx == pytest.approx(share, abs=0.015)


def test_pictures_that_have_nothing_in_common_give_no_shift() -> None:
    others = [view(wide(seed), 1.5) for seed in range(1, 6)]
    textures = [texture_of(one) for one in others]
    assert all(shift_between(texture_of(view(SCENE, 1.5)), one) is None for one in textures)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_flat_picture_gives_no_shift(level: int) -> None:
    rng = np.random.default_rng(level)
    flat = [texture_of(as_view(rng.normal(level, 3, (SIDE, SIDE)))) for _ in range(2)]
    assert shift_between(*flat) is None
    assert shift_between(flat[0], texture_of(view(SCENE, 1.5))) is None
    even = texture_of(as_view(np.full((SIDE, SIDE), float(level))))
    assert shift_between(even, even) is None


def test_positions_add_up_along_a_pan() -> None:
    tracker = Tracker()
    for x in np.linspace(0.5, 3.5, 40):
        position = tracker.add(view(SCENE, float(x), grain=4))
    assert position.place == 0
    assert position.x == pytest.approx(3.0, abs=0.03)
    assert position.y == pytest.approx(0.0, abs=0.03)


def test_a_pan_of_few_frames_adds_up_too() -> None:
    tracker = Tracker()
    for x in (0.0, 0.4, 0.8, 1.2, 1.6):
        position = tracker.add(view(SCENE, x, grain=4))
    assert position.x == pytest.approx(1.6, abs=0.03)


def test_a_camera_that_comes_back_is_where_it_was() -> None:
    tracker = Tracker()
    there = np.concatenate([np.linspace(0.5, 3.5, 60), np.linspace(3.5, 0.5, 60)])
    for _ in range(3):
        for x in there:
            position = tracker.add(view(SCENE, float(x), grain=6))
        assert position.distance(Position(0, 0.0, 0.0)) < 0.01


def test_a_tremor_around_one_view_adds_up_to_nothing() -> None:
    tracker, rng = Tracker(), np.random.default_rng(0)
    for dx, dy in rng.normal(0, 0.01, (100, 2)).tolist():
        tracker.add(view(SCENE, 1.5 + dx, 0.5 + dy, grain=6))
    position = tracker.add(view(SCENE, 1.5))
    start = Tracker().add(view(SCENE, 1.5))
    assert position.distance(start) < 0.04


def test_after_a_cut_the_way_is_unknown_until_the_camera_sees_the_old_place() -> None:
    tracker = Tracker()
    tracker.add(view(SCENE, 1.0))
    tracker.add(view(SCENE, 1.2))
    other = tracker.add(view(wide(7), 1.0))
    assert other.place == 1
    back = tracker.add(view(SCENE, 1.3))
    assert back.place == 0
    assert back.x == pytest.approx(0.3, abs=0.01)


def test_flat_frames_do_not_make_the_way_unknown_for_ever() -> None:
    tracker = Tracker()
    tracker.add(view(SCENE, 1.0))
    for _ in range(100):
        tracker.add(as_view(np.full((SIDE, SIDE), 5.0)))
    assert tracker.add(view(SCENE, 1.1)).place == 0


def test_the_memory_of_a_long_way_is_bounded() -> None:
    tracker = Tracker()
    for seed in range(2 * motion.MOST_KEYS):
        tracker.add(view(wide(seed, 160, 160), 0.1, 0.1))
    assert len(tracker._keys) <= motion.MOST_KEYS
