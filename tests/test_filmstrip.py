"""Small pictures along a film: few, even, right in any order."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from framepick import filmstrip
from framepick.filmstrip import LIMIT, LONG_SIDE, FilmstripRecorder
from framepick.results import Filmstrip
from framepick.types import (
    Floats,
    Pixels,
    VideoInfo,
)

INFO = VideoInfo("film.mp4", 1920, 1080, "h264", "mp4", None, None, 0, 1, None)


def strip_of(times: Sequence[float] | Floats, info: VideoInfo = INFO) -> Filmstrip:
    """The filmstrip of frames whose brightness says their time: 2 levels per second."""
    recorder = FilmstripRecorder(info)
    for time in times:
        level = np.uint8(2 * time % 256)
        recorder.add([time], [np.full((32, 32, 3), level, np.uint8)])
    return recorder.filmstrip()


def gaps(strip: Filmstrip) -> Floats:
    return np.diff(strip.times_seconds)


@pytest.mark.parametrize("seconds", [5, 70, 100, 3600])
def test_pictures_lie_evenly_along_a_film_of_any_length(seconds: int) -> None:
    strip = strip_of(np.arange(0, seconds, 0.1))
    assert len(strip.pictures) <= LIMIT
    assert len(strip.pictures) >= min(seconds * 4, LIMIT / 2)
    assert strip.times_seconds[0] == 0.0
    assert gaps(strip).max() <= gaps(strip).min() + 0.11
    assert strip.times_seconds[-1] > seconds - 2 * gaps(strip).max()


def test_each_picture_shows_the_frame_of_its_time() -> None:
    strip = strip_of(np.arange(0, 120, 0.04))
    for time, picture in zip(strip.times_seconds, strip.pictures, strict=True):
        seen = np.asarray(Image.open(io.BytesIO(picture))).mean()
        assert abs(seen - 2 * time % 256) < 3


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1080, 1920), (720, 720), (4000, 9)])
def test_pictures_have_the_films_proportions(width: int, height: int) -> None:
    strip = strip_of([0.0], replace(INFO, width=width, height=height))
    size = Image.open(io.BytesIO(strip.pictures[0])).size
    assert max(size) == LONG_SIDE
    assert size[0] / size[1] == pytest.approx(width / height, rel=0.02) or min(size) == 1


@pytest.mark.parametrize("seed", range(3))
def test_frames_in_any_order_give_the_same_coverage(seed: int) -> None:
    times = np.arange(0, 600, 0.2)
    shuffled = np.random.default_rng(seed).permutation(times)
    backwards, mixed, straight = strip_of(times[::-1]), strip_of(shuffled), strip_of(times)
    for strip in (backwards, mixed):
        assert abs(len(strip.pictures) - len(straight.pictures)) <= 1
        assert gaps(strip).max() <= 2 * gaps(straight).max()
        assert np.all(gaps(strip) > 0)


def test_key_frames_first_and_dense_stretches_later_fill_the_strip() -> None:
    recorder = FilmstripRecorder(INFO)
    view = np.zeros((32, 32, 3), np.uint8)
    for times in (np.arange(0, 60, 5.0), np.arange(20, 30, 0.04), np.arange(10, 12, 0.04)):
        recorder.add(times, [view] * len(times))
    times = recorder.filmstrip().times_seconds
    assert np.all(np.diff(times) > 0)
    inside = times[(times >= 20) & (times < 30)]
    assert len(inside) == 50
    assert set(np.arange(0, 60, 5.0)) <= set(times.tolist())


def test_few_frames_are_encoded_whatever_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[tuple[int, int]] = []

    def encode(view: Pixels, size: tuple[int, int]) -> bytes:
        encoded.append(size)
        return b""

    monkeypatch.setattr(filmstrip, "_encode", encode)
    hour = np.arange(0, 3600, 1 / 30)
    for times, most in ((hour, 2000), (hour[::-1], 11000)):
        encoded.clear()
        view = np.zeros((32, 32, 3), np.uint8)
        FilmstripRecorder(INFO).add(times, (view for _ in times))
        assert len(encoded) < most


def test_a_film_of_no_frames_has_no_pictures() -> None:
    strip = FilmstripRecorder(INFO).filmstrip()
    assert strip.pictures == ()
    assert len(strip.times_seconds) == 0


def test_a_limit_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        FilmstripRecorder(INFO, limit=1)
