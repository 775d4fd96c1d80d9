"""The page that one pins to a wall, and the previews it is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from framepick.outputs.previews import FIRST_SIDE, Previews
from framepick.outputs.sheet import lettering
from framepick.outputs.sheet.grid import MOST, WIDTH
from framepick.outputs.sheet.page import write_contact_sheet
from framepick.outputs.text import clock, shown
from framepick.reasons import Reason, ReasonCode
from framepick.results import VideoResult
from framepick.types import (
    Moment,
    Still,
)
from tests.made_results import made_previews, made_result, made_rows, picture

COLOURS = [(r, g, b) for r in (40, 130, 220) for g in (60, 150, 240) for b in (30, 120, 200)]


ALL_BLACK = Reason(ReasonCode.ALL_HARD_VETOED, {"picked": 0, "requested": 3})


def sheet(result: VideoResult, path: Path, previews: Previews | None = None) -> Image.Image:
    made = previews if previews is not None else made_previews(result)
    write_contact_sheet(result, made_rows(result), made, path)
    with Image.open(path) as page:
        page.load()
    return page


def plain_previews(result: VideoResult) -> Previews:
    """Every pick in a colour of its own."""
    previews = Previews()
    shape = (result.info.height, result.info.width, 3)
    for pick in result.picks:
        pixels = np.full(shape, COLOURS[(pick.rank - 1) % len(COLOURS)], np.uint8)
        previews.add(Still(pixels, pick.moment))
    return previews


def corners(page: Image.Image, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Box of the pixels of a colour: left, top, right, bottom."""
    near = np.abs(np.asarray(page, np.int16) - colour).max(axis=2) < 6
    rows, columns = np.flatnonzero(near.sum(axis=1) > 20), np.flatnonzero(near.sum(axis=0) > 3)
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@pytest.mark.parametrize("size", [(640, 360), (270, 480), (400, 400), (800, 80)])
@pytest.mark.parametrize("count", [1, 7, 20])
def test_every_pick_is_on_the_page_whole_and_in_order_of_rank(
    tmp_path: Path, size: tuple[int, int], count: int
) -> None:
    result = made_result(900, count, size=size)
    page = sheet(result, tmp_path / "sheet.jpg", plain_previews(result))
    assert page.size[0] == WIDTH
    small = page.reduce(4)
    boxes = [corners(small, COLOURS[rank]) for rank in range(count)]
    for left, top, right, bottom in boxes:
        assert (right - left) / (bottom - top) == pytest.approx(size[0] / size[1], rel=0.1)
        assert min(left, small.width - right) >= 25
    places = [(top, left) for left, top, _, _ in boxes]
    assert places == sorted(places)


def test_the_page_is_jpeg_for_print_and_the_same_each_time(tmp_path: Path) -> None:
    result = made_result()
    page = sheet(result, tmp_path / "a.jpg")
    sheet(result, tmp_path / "b.jpg")
    assert page.format == "JPEG"
    assert page.info["dpi"] == (300, 300)
    assert (tmp_path / "a.jpg").read_bytes() == (tmp_path / "b.jpg").read_bytes()


def test_many_picks_fit_and_more_than_fit_are_the_best_ones(tmp_path: Path) -> None:
    size = (160, 90)
    sixty = sheet(made_result(3000, MOST, size=size), tmp_path / "60.jpg")
    assert sixty.size[1] < 2 * WIDTH
    more = sheet(made_result(3000, MOST + 5, size=size), tmp_path / "65.jpg")
    assert more.size == sixty.size


@pytest.mark.parametrize(
    ("frames", "picks", "black"),
    [(300, 0, slice(0, 300)), (1, 1, slice(0, 0)), (1, 0, slice(0, 1)), (300, 3, slice(50, 90))],
)
def test_the_empty_and_the_least_film_have_a_page_too(
    tmp_path: Path, frames: int, picks: int, black: slice
) -> None:
    result = made_result(frames, picks, black=black, shortfall=ALL_BLACK)
    assert sheet(result, tmp_path / "sheet.jpg").size[0] == WIDTH


def test_vetoed_stretches_are_hatched_on_the_curve(tmp_path: Path) -> None:
    plain = sheet(made_result(300, 0), tmp_path / "a.jpg").convert("L")
    vetoed = sheet(made_result(300, 0, black=slice(100, 200)), tmp_path / "b.jpg").convert("L")
    third = WIDTH // 3
    change = np.abs(np.asarray(plain, np.int16) - np.asarray(vetoed, np.int16)) > 8
    assert change[:, third + 50 : 2 * third - 50].mean() > 0.15
    assert change[:, : third - 50].mean() < 0.05  # the curve has other heights


def test_a_preview_that_is_missing_leaves_its_place_empty(tmp_path: Path) -> None:
    result = made_result(300, 2)
    assert sheet(result, tmp_path / "sheet.jpg", Previews()).size[0] == WIDTH


NAMES = [
    "a" * 200 + ".mp4",
    "日本語 العربية हिन्दी 한국어 ไทย 🙂.mp4",
    "two\nlines \x1b[31m\u202eright to left.mp4",
    "not \udcff utf-8.mp4",
    ".mp4",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("has_fonts", [True, False])
def test_any_name_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, has_fonts: bool
) -> None:
    if not has_fonts:
        monkeypatch.setattr(lettering, "_is_there", lambda name: False)
        lettering._name_for.cache_clear()
    try:
        result = made_result(name=name, rate=Fraction(30000, 1001))
        assert sheet(result, tmp_path / "sheet.jpg").size[0] == WIDTH
    finally:
        lettering._name_for.cache_clear()


def test_a_long_name_keeps_its_beginning_and_its_end() -> None:
    name = "interview with the mayor " * 8 + "take 12.mp4"
    text = lettering.shortened(name, 700, 40, bold=True)
    assert lettering.width_of(text, 40, bold=True) <= 700
    assert text.startswith("interview")
    assert text.endswith("12.mp4")
    assert lettering.shortened("short.mp4", 700, 40) == "short.mp4"


@pytest.mark.parametrize(
    ("seconds", "digits", "text"),
    [(0, 0, "0:00"), (59.96, 1, "1:00.0"), (3599.6, 0, "1:00:00"), (3725.25, 2, "1:02:05.25")],
)
def test_clock_times(seconds: float, digits: int, text: str) -> None:
    assert clock(seconds, digits) == text


def test_names_are_shown_in_one_line() -> None:
    assert shown("a\nb\x1b\u202e\udcff") == "a\\nb\\x1b\\u202e\\xff"
    assert shown("नमस्\u200dते") == "नमस्\u200dते"


def moment(at: int) -> Moment:
    return Moment(at, at, Fraction(1, 25), at / 25)


def test_previews_take_bounded_memory_however_many_there_are() -> None:
    previews = Previews(limit_bytes=400_000)
    held = []
    for at in range(60):
        previews.add(Still(picture((540, 960), at), moment(at)))
        held.append(previews.held_bytes)
    assert len(previews) == 60
    assert max(held) <= 400_000
    sizes = {image.size for at in range(60) if (image := previews.image(moment(at)))}
    assert len(sizes) == 1


def test_few_previews_stay_large_and_keep_their_proportions() -> None:
    previews = Previews()
    previews.add(Still(picture((1080, 3840), 1), moment(0)))
    previews.add(Still(picture((90, 160), 1), moment(1)))
    large, small = previews.image(moment(0)), previews.image(moment(1))
    assert large is not None
    assert small is not None
    assert large.size == (FIRST_SIDE, 450)
    assert small.size == (160, 90)
    assert previews.image(moment(2)) is None
    assert previews.jpeg(moment(2), 100, 80) is None


def test_deep_stills_look_like_their_shallow_twins() -> None:
    pixels = picture((90, 160), 3)
    deep, shallow = Previews(), Previews()
    shallow.add(Still(pixels, moment(0)))
    deep.add(Still(pixels.astype(np.uint16) * 257, moment(0)))
    assert deep.image(moment(0)) == shallow.image(moment(0))


@pytest.mark.parametrize("make", [made_previews, plain_previews])
def test_a_pick_without_a_runner_up_needs_no_more(
    tmp_path: Path, make: Callable[[VideoResult], Previews]
) -> None:
    result = made_result(300, 2)
    alone = [replace(pick, runner_up=None, peak_seconds=None) for pick in result.picks]
    result = replace(result, picks=alone)
    assert sheet(result, tmp_path / "sheet.jpg", make(result)).size[0] == WIDTH


def test_noise_that_takes_more_than_a_byte_a_pixel_has_its_preview() -> None:
    snow = np.random.default_rng(0).integers(0, 256, (540, 960, 3), dtype=np.uint8)
    previews = Previews()
    previews.add(Still(snow, moment(0)))
    assert previews.held_bytes > snow[..., 0].size
    assert previews.jpeg(moment(0), 960, 92) is not None
