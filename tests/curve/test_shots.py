from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from framepick.curve.shots import find_shots
from framepick.measures import as_rows, measure
from framepick.types import MEASURES_DTYPE, Floats, FrameMeasures, Pixels

RATE = 25.0
SIZE = 112


def scenery(seed: int) -> Pixels:
    """Blobs of colour on a grid, bilinear in between, twice as wide as a frame."""
    random = np.random.default_rng(seed)
    coarse = random.uniform(20, 235, (6, 12, 3)) * random.uniform(0.5, 1.0)
    y, x = np.linspace(0, 4.999, SIZE), np.linspace(0, 10.999, 2 * SIZE)
    top, left = y.astype(int), x.astype(int)
    down, right = (y - top)[:, None, None], (x - left)[None, :, None]
    corner = [coarse[np.ix_(top + a, left + b)] for a in (0, 1) for b in (0, 1)]
    upper = corner[0] * (1 - right) + corner[1] * right
    lower = corner[2] * (1 - right) + corner[3] * right
    picture: Pixels = (upper * (1 - down) + lower * down).astype(np.uint8)
    return picture


@dataclass
class Film:
    """Frames as they come, with the figures that the finder of shots gets."""

    frames: list[Pixels]
    rate: float = RATE

    def shots(self) -> NDArray[np.int32]:
        luma, rows = None, list[FrameMeasures]()
        for frame in self.frames:
            one, luma = measure(frame, luma, False)
            rows.append(one)
        times = np.arange(len(self.frames)) / self.rate
        return find_shots(times, self.content_change(), as_rows(rows), self.content())

    def content(self) -> Floats:
        """A stand-in for a network: coarse colours, less their mean, as in a centred space."""
        small = np.stack([frame[::14, ::14].ravel() for frame in self.frames]).astype(float)
        small = small - 120 + np.random.default_rng(0).normal(0, 2, small.shape)
        unit: Floats = small / np.linalg.norm(small, axis=1, keepdims=True)
        return unit

    def content_change(self) -> Floats:
        unit = self.content()
        change: Floats = 1 - np.sum(unit * np.roll(unit, 1, axis=0), axis=1)
        change[0] = 0.0
        return change

    def cuts(self) -> list[int]:
        return [int(row) for row in np.flatnonzero(np.diff(self.shots())) + 1]


def pan(seed: int, count: int, speed: float = 0.5, noise: float = 2.0) -> list[Pixels]:
    wide, random = scenery(seed), np.random.default_rng(seed)
    views = [wide[:, (at := int(i * speed) % SIZE) : at + SIZE] for i in range(count)]
    return [
        np.clip(v + random.normal(0, noise, v.shape), 0, 255).round().astype(np.uint8)
        for v in views
    ]


def dimmed(frames: list[Pixels], levels: Floats, towards: float = 0.0) -> list[Pixels]:
    return [
        (towards + (frame.astype(float) - towards) * level).round().astype(np.uint8)
        for frame, level in zip(frames, levels, strict=True)
    ]


def test_hard_cuts_are_found_at_their_first_frame() -> None:
    film = Film([*pan(1, 40), *pan(2, 33), *pan(3, 20), *pan(4, 50)])
    assert film.cuts() == [40, 73, 93]


def test_shots_are_numbered_from_zero_without_gaps() -> None:
    shots = Film([*pan(1, 40), *pan(2, 33), *pan(3, 20)]).shots()
    assert shots.dtype == np.int32
    assert np.unique(shots).tolist() == [0, 1, 2]
    assert np.all(np.diff(shots) >= 0)


@pytest.mark.parametrize("speed", [0.0, 1.0, 4.0, 9.0])
def test_camera_motion_of_any_speed_is_no_cut(speed: float) -> None:
    frames = pan(5, 150, speed)
    wrap = int(SIZE / speed) if speed else 150  # the pan jumps back after the width of a frame
    assert Film(frames[:wrap]).cuts() == []


@pytest.mark.parametrize(("way", "cuts"), [(SIZE // 10, 0), (SIZE - 1, 1)])
def test_a_sudden_pan_is_a_boundary_only_if_it_ends_on_something_else(way: int, cuts: int) -> None:
    wide = scenery(6)
    places = np.concatenate([np.zeros(90), np.linspace(0, way, 12), np.full(90, way)])
    film = Film([wide[:, int(at) : int(at) + SIZE] for at in places])
    assert len(film.cuts()) == cuts
    assert all(90 <= cut < 102 for cut in film.cuts())


@pytest.mark.parametrize("length", [1, 2])
@pytest.mark.parametrize("colour", [255, 0])
def test_a_flash_of_a_frame_or_two_is_no_cut(length: int, colour: int) -> None:
    frames = pan(7, 80)
    for row in range(30, 30 + length):
        frames[row] = np.full_like(frames[row], colour)
    assert Film(frames).cuts() == []


def test_a_cut_soon_after_a_flash_is_still_found() -> None:
    frames = [*pan(7, 50), *pan(8, 50)]
    frames[30] = np.full_like(frames[30], 255)
    assert Film(frames).cuts() == [50]


def test_a_lamp_switched_on_is_no_cut() -> None:
    film = pan(9, 60)
    levels = np.r_[np.full(30, 0.6), np.full(30, 0.9)]
    lit = dimmed(film, levels)
    rows = Film(lit)
    rows.content_change = lambda: np.full(60, 0.01)  # type: ignore[method-assign]
    assert rows.cuts() == []


def test_something_that_enters_the_picture_is_no_cut() -> None:
    change = np.full(60, 0.01)
    change[30] = 0.4
    rows = as_rows([measure(frame, None, False)[0] for frame in pan(1, 60)])
    rows["change"] = 0.001
    rows["change"][30] = 0.012
    assert find_shots(np.arange(60) / RATE, change, rows).max() == 0


@pytest.mark.parametrize("towards", [0.0, 255.0])
def test_a_fade_through_black_or_white_is_cut_in_its_middle(towards: float) -> None:
    out, back = np.linspace(1, 0, 20), np.linspace(0, 1, 20)
    frames = [
        *dimmed(pan(1, 50), np.r_[np.ones(30), out], towards),
        *[np.full((SIZE, SIZE, 3), int(towards), np.uint8)] * 11,
        *dimmed(pan(2, 50), np.r_[back, np.ones(30)], towards),
    ]
    cuts = Film(frames).cuts()
    assert len(cuts) == 1
    assert abs(cuts[0] - 55) <= 1


@pytest.mark.parametrize("length", [4, 12, 24])
def test_a_dissolve_is_cut_within_it(length: int) -> None:
    one, other = pan(1, 90, speed=0.1), pan(2, 90, speed=0.1)
    shares = np.arange(1, length + 1) / (length + 1)
    mixed = [
        (a * (1 - share) + b * share).astype(np.uint8)
        for a, b, share in zip(one[-length:], other[:length], shares, strict=True)
    ]
    film = Film(one[:-length] + mixed + other[length:])
    (cut,) = film.cuts()
    assert 90 - length <= cut <= 90


def test_a_camera_that_moves_on_slowly_dissolves_nothing() -> None:
    assert Film(pan(3, 300, speed=0.35)).cuts() == []


def test_a_cut_that_hardly_stands_out_by_one_change_may_do_so_by_the_other() -> None:
    times, measures = np.arange(60) / RATE, np.zeros(60, MEASURES_DTYPE)
    measures["luma_spread"], measures["luma_mean"][30:] = 0.2, 0.5
    for content, luma, cuts in ((0.28, 0.5, [30]), (0.28, 0.21, []), (0.2, 0.5, [])):
        content_change, measures["change"] = np.full(60, 0.1), 0.1
        content_change[30], measures["change"][30] = content, luma
        shot = find_shots(times, content_change, measures)
        assert (np.flatnonzero(np.diff(shot)) + 1).tolist() == cuts


def test_black_at_the_start_and_end_makes_no_shot_of_its_own() -> None:
    black = [np.zeros((SIZE, SIZE, 3), np.uint8)] * 15
    rise = np.linspace(0, 1, 20)
    levels = np.r_[rise, np.ones(30), rise[::-1]]
    frames = [*black, *dimmed(pan(1, 70), levels), *black]
    assert Film(frames).cuts() == []


def test_a_change_of_light_amid_changing_content_is_no_cut() -> None:
    rows = as_rows([measure(frame, None, False)[0] for frame in pan(1, 60)])
    rows["change"] = 0.01
    rows["change"][30] = 0.2
    assert find_shots(np.arange(60) / RATE, np.full(60, 0.2), rows).max() == 0


def test_black_between_hard_cuts_is_a_shot_of_its_own() -> None:
    black = [np.zeros((SIZE, SIZE, 3), np.uint8)] * 20
    assert Film([*pan(2, 40), *black, *pan(3, 40)]).cuts() == [40, 60]


@pytest.mark.parametrize(("first", "second", "kept"), [(0.9, 0.6, 30), (0.6, 0.9, 33)])
def test_the_stronger_of_two_close_cuts_stays(first: float, second: float, kept: int) -> None:
    rows = as_rows([measure(frame, None, False)[0] for frame in pan(1, 60, speed=0)])
    change = np.full(60, 0.01)
    rows["change"] = 0.01
    rows["change"][[30, 33]] = 0.3
    change[[30, 33]] = first, second
    shots = find_shots(np.arange(60) / RATE, change, rows)
    assert (np.flatnonzero(np.diff(shots)) + 1).tolist() == [kept]


def test_shots_shorter_than_a_fifth_of_a_second_are_merged() -> None:
    film = Film([*pan(1, 40), *pan(2, 3), *pan(3, 40)])
    assert len(film.cuts()) == 1
    assert film.cuts()[0] in (40, 43)
    assert Film([*pan(1, 3), *pan(2, 40)]).cuts() == []
    assert Film([*pan(1, 40), *pan(2, 4)]).cuts() == []


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_handful_of_frames_is_one_shot(count: int) -> None:
    shots = find_shots(
        np.arange(count) / RATE,
        np.full(count, 0.9),
        as_rows([measure(frame, None, False)[0] for frame in pan(1, count)]),
    )
    assert shots.tolist() == [0] * count


def test_frames_with_one_time_stamp_are_one_shot() -> None:
    rows = as_rows([measure(frame, None, False)[0] for frame in pan(1, 10)])
    assert find_shots(np.zeros(10), np.zeros(10), rows).tolist() == [0] * 10


@pytest.mark.parametrize("length", [150, 10])
def test_every_cut_of_an_hour_of_film_is_found(length: int) -> None:
    count, random = 108_000, np.random.default_rng(3)
    rows = np.repeat(as_rows([measure(scenery(0)[:, :SIZE], None, False)[0]]), count)
    rows["change"] = random.exponential(0.01, count)
    change = random.exponential(0.01, count)
    every = np.arange(100, count, length)
    rows["change"][every], change[every] = 0.3, 0.9
    shots = find_shots(np.arange(count) / 30, change, rows)
    assert (np.flatnonzero(np.diff(shots)) + 1).tolist() == every.tolist()


def test_strobe_light_is_no_cut_however_long_it_lasts() -> None:
    count = 108_000
    rows = np.repeat(as_rows([measure(scenery(0)[:, :SIZE], None, False)[0]]), count)
    rows["luma_mean"] = np.where(np.arange(count) // 3 % 12 == 0, 0.9, 0.3)
    rows["change"] = np.abs(np.diff(rows["luma_mean"], prepend=rows["luma_mean"][:1]))
    change = np.where(rows["change"] > 0, 0.9, 0.01)
    assert find_shots(np.arange(count) / 30, change, rows).max() == 0


def test_a_cut_beside_changes_that_are_not_known_is_found() -> None:
    rows = as_rows([measure(frame, None, False)[0] for frame in pan(1, 60, speed=0)])
    change = np.full(60, 0.01)
    rows["change"] = 0.01
    change[[27, 33]] = np.nan
    rows["change"][30] = change[30] = 0.5
    shots = find_shots(np.arange(60) / RATE, change, rows)
    assert (np.flatnonzero(np.diff(shots)) + 1).tolist() == [30]
