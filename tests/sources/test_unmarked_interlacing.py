"""Interlaced pictures without their mark are known by what is seen; fine lines are not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from framepick.detail import WOVEN_SHARE, Luma, combing, field_order
from framepick.reasons import ReasonCode
from framepick.refine.relative_vetoes import relative_vetoes, stack_details
from framepick.sources.deinterlace import deinterlaced
from framepick.sources.video import VideoSource
from framepick.types import DeepPixels, DetailMeasures, Pixels, Still
from samples.clipmaker import Scene, View, load, render, write
from tests.conftest import VIEW

SIZE = (480, 360)
SCENES = {
    "pan": Scene(load("chelsea"), 1.0, ((0, View(0.4, 0.5, 0.6)), (1, View(0.6, 0.5, 0.6)))),
    "zoom": Scene(load("coffee"), 1.0, ((0, View(0.5, 0.5, 0.5)), (1, View(0.5, 0.5, 0.9)))),
    "crossing": Scene(load("rocket"), 1.0, ((0, View(0.3, 0.6, 0.5)), (1, View(0.6, 0.4, 0.5)))),
    "roll": Scene(load("astronaut"), 1.0, ((0, View(0.5, 0.5, 0.6)), (1, View(angle=25)))),
}


def woven(instants: list[Pixels], top_first: bool) -> list[Pixels]:
    """Weave every two instants into one picture, without any mark."""
    top = (np.arange(SIZE[1]) % 2 == (0 if top_first else 1))[:, None, None]
    pairs = zip(instants[::2], instants[1::2], strict=True)
    return [np.where(top, first, second) for first, second in pairs]


def instants(name: str) -> list[Pixels]:
    return list(render([SCENES[name]], *SIZE, rate=50, seed=1))


def grey(pixels: Pixels | DeepPixels) -> Luma:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def seen(path: Path) -> tuple[list[DetailMeasures], list[Still]]:
    with VideoSource(path, VIEW) as source:
        moments = [frame.moment for frame in source.frames()]
        details = sorted(source.detail_measures(moments), key=lambda one: one.moment.frame_index)
        stills = sorted(source.stills(moments), key=lambda one: one.moment.frame_index)
    return details, stills


@pytest.mark.parametrize("top_first", [True, False])
@pytest.mark.parametrize("name", SCENES)
def test_stills_of_unmarked_interlaced_video_are_not_combed(
    tmp_path: Path, name: str, top_first: bool
) -> None:
    whole = instants(name)
    frames = woven(whole, top_first)
    path = tmp_path / "clip.mp4"
    write(path, frames, rate=25, quality=14)
    combed = [combing(grey(frame)) > 2 * WOVEN_SHARE for frame in frames]
    assert sum(combed) > 10  # else there is nothing to see
    details, stills = seen(path)
    assert [one.is_woven for one, bad in zip(details, combed, strict=True) if bad].count(False) == 0
    for still, bad, instant in zip(stills, combed, whole[::2], strict=True):
        if bad:
            assert combing(grey(still.pixels)) < max(0.004, 2 * combing(grey(instant)))


def test_frames_on_both_sides_of_a_cut_are_recognised(tmp_path: Path) -> None:
    frames = woven(instants("pan"), True)[6:12] + woven(instants("zoom"), True)[12:18]
    write(tmp_path / "clip.mp4", frames, rate=25, quality=14)
    details, _ = seen(tmp_path / "clip.mp4")
    assert all(one.is_woven for one in details[4:8])


def patterns() -> dict[str, Luma]:
    """Give clean pictures (720, 1280) with lines as fine as pixels are."""
    y, x = np.mgrid[0:720, 0:1280].astype(np.float32)
    text = np.full((720, 1280), 235, np.uint8)
    for row in range(12, 720, 11):
        words = "The quick brown fox jumps over the lazy dog 0123456789 " * 4
        cv2.putText(text, words, (3, row), cv2.FONT_HERSHEY_SIMPLEX, 0.28, 20, 1)
    bricks = np.full((720, 1280), 150.0)
    bricks[::6] = 60
    for row in range(0, 720, 6):
        bricks[row : row + 6, (6 if row // 6 % 2 else 0) :: 12] = 60
    grid = np.full((720, 1280), 200.0)
    grid[::3] = grid[:, ::3] = 40
    drawn = {
        "lines": np.where(y % 2 < 1, 60, 190),
        "fabric": 128 + 50 * np.sin(y * 2.73) + 50 * np.sin(x * 2.42),
        "shirt": 128 + 80 * np.sin(y * 2.33),
        "bricks": bricks,
        "grid": grid,
        "roof": np.where((y + 0.2 * x) % 2.5 < 1.25, 60, 190),
        "text": text,
    }
    return {name: np.clip(one, 0, 255).astype(np.uint8) for name, one in drawn.items()}


MOTIONS = [(0, 0), (3, 0), (0, 1), (0, 0.5), (0, 0.25), (0, 2), (5, 0.7), (1, 1.3), (2, -0.6)]


@pytest.mark.parametrize("name", patterns())
def test_fine_lines_that_move_in_any_direction_are_not_taken_for_interlacing(name: str) -> None:
    picture = patterns()[name].astype(np.float32)

    def shot(right: float, down: float) -> Luma:
        place = np.array([[1, 0, right - 200], [0, 1, down - 150]], np.float32)
        return np.rint(cv2.warpAffine(picture, place, (640, 360))).astype(np.uint8)

    shares = []
    for right, down in MOTIONS:
        before, now, after = (shot(right * step, down * step) for step in range(3))
        shares.append(combing(now))
        for neighbours in ((before, after), (before, None), (None, after)):
            assert field_order(now, *neighbours) is None
    assert name in ("grid", "text", "bricks") or max(shares) > WOVEN_SHARE  # as fine as a comb's


def test_stills_of_fine_lines_are_the_decoded_pictures(tmp_path: Path) -> None:
    lines = np.repeat(patterns()["lines"][:360, :640, None], 3, axis=2)
    frames = [np.roll(lines, (step, 2 * step), axis=(0, 1)) for step in range(8)]
    write(tmp_path / "lines.mp4", frames, rate=25, quality=10)
    details, _ = seen(tmp_path / "lines.mp4")
    assert details[4].combing > WOVEN_SHARE
    assert not any(one.is_woven for one in details)
    with av.open(str(tmp_path / "lines.mp4")) as container:
        pictures = list(container.decode(video=0))
    assert deinterlaced(*pictures[3:6]) is pictures[4]


def test_woven_frames_go_where_others_are_near_and_stay_where_all_are_woven() -> None:
    frames = woven(instants("pan"), True)
    whole = instants("pan")[:24:2]

    def vetoes(marks: list[bool]) -> Iterator[str]:
        mixed = [frames[n] if mark else whole[n % 12] for n, mark in enumerate(marks)]
        details = [detail_of(pixels, n, marks[n]) for n, pixels in enumerate(mixed)]
        names = relative_vetoes(stack_details(details, np.zeros(len(marks), np.int32)))
        return (str(name) for name in names)

    assert ReasonCode.COMBING.value not in set(vetoes([True] * 25))
    some = list(vetoes([True] * 12 + [False] * 5))
    assert some[:12] == [ReasonCode.COMBING.value] * 12
    assert ReasonCode.COMBING.value not in some[12:]


def detail_of(pixels: Pixels, row: int, is_woven: bool) -> DetailMeasures:
    from tests.filmed import detail

    one = detail(pixels[::2] if is_woven else pixels, row, row / 25)
    return DetailMeasures(one.moment, one.structure, one.luma, 0.1 if is_woven else 0.0, is_woven)


def test_the_reported_clip_gives_clean_stills(media: Callable[[str], Path]) -> None:
    details, stills = seen(media("reported/unmarked_50i.mp4"))
    assert [one.moment.frame_index for one in details if one.is_woven and one.combing > 0.02] == [
        n for n in range(75) if n % 25 < 18
    ]
    assert max(combing(grey(still.pixels)) for still in stills) < 0.008
