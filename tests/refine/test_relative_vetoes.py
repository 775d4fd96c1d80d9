"""Relative vetoes, on shots in which it is known of every frame what is wrong with it."""

from __future__ import annotations

import csv
import os
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import pytest

from framepick.reasons import ReasonCode
from framepick.refine.relative_vetoes import relative_vetoes, stack_details
from framepick.sources.photos import load_photo
from samples.clipmaker import Pixels, View, load
from tests.filmed import RATE, SIZE, detail_measures, filmed, gated, gates_of, on_frames

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket")
UNIT = 640 / SIZE[0]
"""Lengths of a scene are meant for 640 pixels."""
BLURRED = {ReasonCode.MOTION_BLUR, ReasonCode.OUT_OF_FOCUS}


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize(("length", "angle"), [(8, 0), (8, 90), (12, 45), (25, 0), (25, 135)])
def test_a_smeared_run_is_gated_and_nothing_else(name: str, length: float, angle: float) -> None:
    run = range(18, 25)
    names = gates_of(filmed(name, blur=on_frames(run, length * UNIT), blur_angle=angle))
    found = gated(names)
    # a smear along the lines of the picture hardly shows
    assert len(set(run) & set(found)) >= (len(run) if length > 8 else 4)
    assert set(found) <= set(run)
    assert set(found.values()) <= BLURRED
    if angle % 90 == 0:
        assert set(found.values()) == {ReasonCode.MOTION_BLUR}


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize("sigma", [1.3, 2.0])
def test_a_defocused_run_is_gated_and_nothing_else(name: str, sigma: float) -> None:
    run = range(15, 27)
    found = gated(gates_of(filmed(name, defocus=on_frames(run, sigma * UNIT))))
    assert found == dict.fromkeys(run, ReasonCode.OUT_OF_FOCUS)


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize("ground", [-1, 1])
@pytest.mark.parametrize("seconds", [0.4, 0.8])
def test_fades_are_gated_to_where_they_are_faint(name: str, ground: int, seconds: float) -> None:
    into = gated(gates_of(filmed(name, fade=lambda t: ground * max(0.0, 1 - t / seconds))))
    out = gated(
        gates_of(filmed(name, fade=lambda t: ground * max(0.0, (t - 2 + seconds) / seconds)))
    )
    frames = round(seconds * RATE)
    hidden = {row for row in range(frames) if 1 - row / frames > 0.06}
    assert hidden <= set(into)
    assert {49 - row for row in hidden if row} <= set(out)
    most = frames * 1.4
    assert max(into) < most
    assert min(out) > 49 - most
    assert {*into.values(), *out.values()} <= {ReasonCode.FADE, ReasonCode.FLASH}


def dissolving(first: str, second: str, length: int) -> list[Pixels]:
    """Two shots with a moving camera; the first 25 frames and the last are not mixed."""
    camera = ((0.0, View(0.48, 0.5, 0.6)), (2.0, View(0.52, 0.5, 0.65)))
    one, other = (filmed(name, 2.0, camera=camera) for name in (first, second))
    frames = list(one[:25])
    for n in range(length):
        share = (n + 1) / (length + 1)
        frames.append(np.rint(one[25 + n] * (1 - share) + other[n] * share).astype(np.uint8))
    return frames + other[length:]


@pytest.mark.parametrize("pair", list(pairwise((*PHOTOGRAPHS, "astronaut"))))
@pytest.mark.parametrize("length", [8, 16])
def test_a_dissolve_of_moving_pictures_is_gated(pair: tuple[str, str], length: int) -> None:
    names = gates_of(dissolving(*pair, length))
    mixed = {
        row for row, name in gated(names).items() if name in (ReasonCode.DISSOLVE, ReasonCode.FADE)
    }
    assert {25 + n for n in range(length) if 0.25 < (n + 1) / (length + 1) < 0.75} <= mixed
    assert mixed <= set(range(17, 25 + length + 12))
    assert ReasonCode.DISSOLVE in names


@pytest.mark.parametrize("name", [*PHOTOGRAPHS, "hubble_deep_field"])
@pytest.mark.parametrize("first", [0, 20, 24, -1])
@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_flash_is_gated_and_its_neighbours_are_not(name: str, first: int, length: int) -> None:
    start = first if first >= 0 else 50 - length
    run = range(start, start + length)
    found = gated(gates_of(filmed(name, exposure=on_frames(run, 1.5))))
    assert found == dict.fromkeys(run, ReasonCode.FLASH)


def test_a_flash_that_was_taken_for_a_shot_of_its_own_is_gated() -> None:
    frames = filmed("coffee", exposure=on_frames(range(20, 23), 2.0))
    shot = [0] * 20 + [1] * 3 + [2] * 27
    assert gated(gates_of(frames, shot)) == dict.fromkeys(range(20, 23), ReasonCode.FLASH)


def woven(frames: list[Pixels], rows: range, ahead: int = 6) -> list[Pixels]:
    """Give `rows` the odd lines of a moment that is some pixels on."""
    mixed = [frame.copy() for frame in frames]
    for row in rows:
        mixed[row][1::2] = np.roll(frames[row], ahead, axis=1)[1::2]
    return mixed


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_interlaced_frames_among_progressive_ones_are_gated(name: str) -> None:
    # their teeth are fine structure: what is clean must not look soft beside them
    found = gated(gates_of(woven(filmed(name), range(20, 24))))
    assert found == dict.fromkeys(range(20, 24), ReasonCode.COMBING)


def test_only_a_part_of_the_picture_moves_between_the_fields() -> None:
    frames = filmed("chelsea")
    for row in range(20, 22):
        part = frames[row][100:200, 150:300]
        part[1::2] = np.roll(part, 6, axis=1)[1::2]
    assert gated(gates_of(frames)) == dict.fromkeys(range(20, 22), ReasonCode.COMBING)


CLEAN: dict[str, dict[str, Any]] = {
    "a steady hand": {},
    "an unsteady hand": {"shake": 5.0},
    "a pan": {"camera": ((0, View(0.35, 0.5, 0.5)), (2, View(0.65, 0.5, 0.5)))},
    "a tilt": {"camera": ((0, View(0.5, 0.45, 0.5)), (2, View(0.5, 0.55, 0.5)))},
    "a zoom": {"camera": ((0, View(0.5, 0.5, 0.8)), (2, View(0.5, 0.5, 0.5)))},
    "a roll": {"camera": ((0, View(0.5, 0.5, 0.6, -3)), (2, View(0.5, 0.5, 0.6, 3)))},
    "a slow change of exposure": {"exposure": ((0, -0.4), (2, 0.4))},
    "a soft lens": {"defocus": 3.0},
    "a smear in all frames": {"blur": 12.0},
    "fog": {"haze": 0.6},
    "much noise": {"noise": 6.0},
}


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize("kind", CLEAN)
def test_what_is_no_fault_is_not_gated(name: str, kind: str) -> None:
    assert gated(gates_of(filmed(name, **CLEAN[kind]))) == {}


@pytest.mark.parametrize("numbered", [True, False])
def test_a_hard_cut_is_not_gated(numbered: bool) -> None:
    for first, second in pairwise((*PHOTOGRAPHS, "hubble_deep_field", "astronaut")):
        frames = filmed(first, 1.0) + filmed(second, 1.0)
        shot = [0] * 25 + [1] * 25 if numbered else None
        found = gated(gates_of(frames, shot))
        assert not numbered or found == {}
        # a cut that was missed may make the softer picture look soft, never mixed or combed
        assert set(found.values()) <= BLURRED


def test_fine_lines_beside_a_plain_picture_are_no_comb() -> None:
    lines = np.where(np.arange(SIZE[1]) % 3 == 0, 200, 60).astype(np.uint8)
    fence = np.ascontiguousarray(np.broadcast_to(lines[:, None, None], (*SIZE[::-1], 3)))
    frames = filmed("hubble_deep_field", 1.0) + [fence] * 25
    assert gated(gates_of(frames, [0] * 25 + [1] * 25)) == {}


@pytest.mark.parametrize("speed", [3, 9])
def test_a_subject_that_crosses_the_picture_is_not_gated(speed: int) -> None:
    subject = load("chelsea", (150, 150))
    frames = filmed("coffee", 2.0, shake=0.5)
    for row, frame in enumerate(frames):
        left = 10 + (speed * row) % (SIZE[0] - 160)
        frame[90:240, left : left + 150] = subject
    assert gated(gates_of(frames)) == {}


def test_one_frame_and_few_frames_have_no_neighbours_to_fall_behind() -> None:
    frames = filmed("coffee", 0.2, defocus=on_frames([0], 3.0))
    assert gates_of(frames[:1]) == [""]
    assert len(gates_of(frames[:2])) == 2
    # one a second: nobody near
    assert gates_of(frames, rate=1.0) == [""] * 5


def test_flat_frames_are_no_trouble() -> None:
    black = np.zeros((*SIZE[::-1], 3), np.uint8)
    assert gates_of([black] * 20) == [""] * 20
    names = gates_of([black] * 10 + filmed("coffee", 1.0), [0] * 10 + [1] * 25)
    assert names[10:] == [""] * 25


def test_gates_do_not_depend_on_when_the_shot_begins() -> None:
    frames = filmed("astronaut", blur=on_frames(range(18, 25), 12.0))
    seen = detail_measures(frames)
    whole = relative_vetoes(stack_details(seen, np.zeros(50, np.int32)))
    part = relative_vetoes(stack_details(seen[5:40], np.full(35, 7, np.int32)))
    assert np.array_equal(whole[18:27], part[13:22])


class Portrait(Protocol):
    def __call__(self, row: int, share: float = 1.0) -> Pixels: ...


def with_blurred_background(picture: Pixels, sigma: float) -> Portrait:
    """Give the frames of a portrait: an oval in focus, all else by a lens wide open."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width]
    distance = np.hypot((x - width / 2) / (0.22 * width), (y - height / 2) / (0.35 * height))
    subject = np.clip((1.3 - distance) / 0.3, 0, 1)[..., None]

    def frame(row: int, share: float = 1.0) -> Pixels:
        soft = cv2.GaussianBlur(picture, (0, 0), max(sigma * share, 0.01))
        mixed = (picture * subject + soft * (1 - subject)).astype(np.uint8)
        # whole pixels: to shift by parts of one would blur, as no hand does
        shift = round(2 * np.sin(row / 3)), round(1.5 * np.cos(row / 3))
        moved = np.roll(mixed, shift, axis=(1, 0))
        noise = np.random.default_rng(row).normal(0, 1.5, moved.shape)
        return np.asarray(np.clip(moved + noise, 0, 255), np.uint8)

    return frame


def portraits() -> list[Pixels]:
    """Give 20 photos of people where FRAMEPICK_DATA holds them, else a few pictures."""
    folder = os.environ.get("FRAMEPICK_DATA")
    if not folder:
        return [load(name, (640, 427)) for name in PHOTOGRAPHS]
    rated = Path(folder) / "oasis" / "beauty.csv"
    with rated.open(newline="") as file:
        names = [row["image"] for row in csv.DictReader(file) if row["category"] == "Person"]
    chosen = np.random.default_rng(0).permutation(len(names))[:20]
    images = rated.parent / "images"
    return [load_photo(images / Path(names[n]).with_suffix(".jpg").name) for n in chosen]


def test_portraits_with_a_blurred_background_are_not_gated() -> None:
    for number, picture in enumerate(portraits()):
        frame = with_blurred_background(picture, 6.0)
        assert gated(gates_of([frame(row) for row in range(20)])) == {}, number


def test_a_background_that_goes_out_of_focus_leaves_the_portrait() -> None:
    # the harder case: the frames before are sharp all over
    shares = np.concatenate([np.zeros(8), np.linspace(0, 1, 8), np.ones(8)])
    kept = []
    for picture in portraits():
        frame = with_blurred_background(picture, 6.0)
        kept.append(not gated(gates_of([frame(n, s) for n, s in enumerate(shares)])))
    assert np.mean(kept) >= 0.95


def test_a_whip_of_the_camera_is_gated_between_two_steady_views() -> None:
    def x(row: int) -> float:
        return float(np.clip((row - 20) / 7, 0, 1) * 0.3 + 0.35)

    views = [View(x(row), 0.5, 0.6) for row in range(50)]
    frames = [filmed("coffee", 1 / RATE, camera=view, shake=0.0)[0] for view in views]
    streak = np.ones((1, 21), np.float32) / 21
    for row in range(21, 27):
        frames[row] = np.asarray(cv2.filter2D(frames[row], -1, streak), np.uint8)
    found = gated(gates_of(frames))
    assert set(range(21, 27)) <= set(found)
    assert set(found) <= set(range(20, 28))
