"""Frames that are measured at full size while they are given, so that none is decoded again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framepick.sources.video import VideoSource
from framepick.types import SMALL_SIDE, THUMBNAIL_SIDE, FrameRequest, Moment
from samples.clipmaker import numbered, write
from tests.conftest import VIEW
from tests.sources.test_unmarked_interlacing import instants, woven

COUNT = 60
WINDOW = range(20, 40)
CLIPS: dict[str, dict[str, Any]] = {
    "closed.mp4": {"bframes": 2},
    "open.mkv": {"bframes": 2, "options": {"x264-params": "open-gop=1:b-adapt=0"}},
    "hevc.ts": {"codec": "libx265", "bframes": 3},
    "vp9.webm": {"codec": "libvpx-vp9"},
    "bare.h264": {"container": "h264", "bframes": 2},
}


class Watched(VideoSource):
    """Counts the requests to its decoder."""

    def __init__(self, path: Path) -> None:
        self.asked: list[str] = []
        super().__init__(path, VIEW)

    def _ask(self, kind: str, **header: Any) -> Iterator[Any]:
        self.asked.append(kind)
        return super()._ask(kind, **header)


def measured_in_passing(source: VideoSource) -> list[Moment]:
    """Give frames as a plan asks for them: some of all, then all of a window, closely."""
    sparse = range(0, COUNT, 3)
    frames = list(source.frames(FrameRequest(tuple(sparse), has_pictures=True)))
    others = tuple(set(WINDOW) - set(sparse))
    frames += source.frames(FrameRequest(others, tuple(WINDOW), has_pictures=True))
    given = sorted((frame.moment for frame in frames), key=lambda moment: moment.frame_index)
    return [moment for moment in given if moment.frame_index in WINDOW]


def told(source: VideoSource, moments: list[Moment]) -> list[tuple[object, ...]]:
    """Give all that is measured of frames, in a form that can be compared."""
    found = sorted(source.detail_measures(moments), key=lambda one: one.moment.frame_index)
    return [
        (one.moment, one.structure.tobytes(), one.luma.tobytes(), one.combing, one.is_woven)
        for one in found
    ]


def fresh(path: Path, moments: list[Moment]) -> list[tuple[object, ...]]:
    with VideoSource(path, VIEW) as source:
        list(source.frames())
        return told(source, moments)


@pytest.mark.parametrize("name", CLIPS)
def test_the_measures_are_those_of_frames_that_are_found_again(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, numbered(COUNT), **{"gop": 15, **CLIPS[name]})
    with Watched(tmp_path / name) as source:
        moments = measured_in_passing(source)
        assert len(moments) == len(WINDOW)
        details = told(source, moments)
        assert source.asked == ["frames", "frames"]
        assert told(source, moments) == details  # handed over once, then found again
        assert source.asked[2:] == ["details"]
    assert details == fresh(tmp_path / name, moments)


def test_small_pictures_of_these_frames_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write(path, numbered(COUNT), gop=15, bframes=2)
    with VideoSource(path, VIEW) as source:
        moments = measured_in_passing(source)
        for side in (SMALL_SIDE, THUMBNAIL_SIDE):
            kept = {one.moment: one.pixels for one in source.small_pictures(moments, side)}
            with VideoSource(path, VIEW) as other:
                found = {one.moment: one.pixels for one in other.small_pictures(moments, side)}
            assert kept.keys() == found.keys() == set(moments)
            for moment, pixels in kept.items():
                assert max(pixels.shape) <= side
                assert np.array_equal(pixels, found[moment])


def test_whole_pictures_are_measured_again_once_there_are_fields(tmp_path: Path) -> None:
    """They are measured line by line, where any of their neighbours is woven of two instants."""
    path = tmp_path / "clip.ts"
    write(path, numbered(COUNT), gop=15, bframes=2, options={"x264-params": "tff=1"})
    with Watched(path) as source:
        moments = measured_in_passing(source)
        details = told(source, moments)
    assert details == fresh(path, moments)


def test_pictures_that_may_be_woven_wait_for_their_neighbours(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    whole = instants("pan")
    write(path, woven([*whole, *whole[::-1], *whole], True), rate=25, quality=14)
    with Watched(path) as source:
        moments = measured_in_passing(source)
        details = told(source, moments)
        assert "details" in source.asked
    assert any(row[-1] for row in details)
    assert details == fresh(path, moments)


def test_damaged_frames_are_not_measured(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write(path, numbered(COUNT), gop=15, bframes=2)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(400)
    path.write_bytes(data)
    with VideoSource(path, VIEW) as source:
        moments = measured_in_passing(source)
        details = told(source, moments)
    assert details == fresh(path, moments)
