"""What every source does, whatever it reads. A new kind of source joins by one line of SOURCES."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import psutil
import pytest
from PIL import Image

from framepick.errors import LostFrames, SourceClosed
from framepick.protocols import Source
from framepick.sources.opening import open_source
from framepick.types import SMALL_SIDE, DetailMeasures, Frame, FrameRequest, Moment
from samples.clipmaker import numbered, read_number, write
from tests.conftest import VIEW, wait_for
from tests.fake_source import FakeSource, Script

COUNT = 60
Opener = Callable[[], Source]
"""Opens another source of the same 60 numbered frames."""


def _file(name: str, **options: Any) -> Callable[[Path], Opener]:
    def write_and_name(folder: Path) -> Opener:
        write(folder / name, numbered(COUNT), **{"gop": 15, **options})
        return partial(open_source, folder / name, VIEW)

    return write_and_name


def _fake(**script: Any) -> Callable[[Path], Opener]:
    played = Script(list(numbered(COUNT)), **script)
    return lambda _: partial(FakeSource, played, VIEW)


SOURCES: dict[str, Callable[[Path], Opener]] = {
    "fake": _fake(),
    "fake without timeline": _fake(has_timeline=False),
    "mp4": _file("clip.mp4", bframes=2),
    "mkv, open GOPs": _file("open.mkv", bframes=2, options={"x264-params": "open-gop=1:b-adapt=0"}),
    "ts, HEVC": _file("hevc.ts", codec="libx265", bframes=3),
    "webm, VP9": _file("vp9.webm", codec="libvpx-vp9"),
    "avi, MPEG-4": _file("mpeg4.avi", codec="mpeg4", bframes=2),
    "h264 without pts": _file("bare.h264", container="h264", bframes=2),
}


@pytest.fixture(scope="module", params=SOURCES)
def opener(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Opener:
    return SOURCES[request.param](tmp_path_factory.mktemp("source"))


@pytest.fixture
def source(opener: Opener) -> Iterator[Source]:
    with opener() as source:
        yield source


def _indices(frames: Sequence[Frame]) -> list[int]:
    return [frame.moment.frame_index for frame in frames]


def _same(frames: Sequence[Frame], others: Sequence[Frame]) -> bool:
    return [frame.moment for frame in frames] == [frame.moment for frame in others] and all(
        np.array_equal(a.view, b.view) for a, b in zip(frames, others, strict=True)
    )


def _equal(one: DetailMeasures, other: DetailMeasures) -> bool:
    return (
        (one.moment, one.combing) == (other.moment, other.combing)
        and np.array_equal(one.structure, other.structure)
        and np.array_equal(one.luma, other.luma)
    )


def _requests(source: Source, moments: Sequence[Moment]) -> dict[str, Iterator[object]]:
    return {
        "frames": source.frames(),
        "stills": source.stills(moments),
        "detail measures": source.detail_measures(moments),
        "small pictures": source.small_pictures(moments),
    }


def test_frames_come_in_display_order_with_rising_times(source: Source) -> None:
    frames = list(source.frames())
    assert _indices(frames) == list(range(COUNT))
    times = [frame.moment.time_seconds for frame in frames]
    assert 0 <= times[0] < 0.05  # a container may begin a frame earlier
    assert (np.diff(times) > 0).all()
    assert {frame.moment.time_base for frame in frames} == {source.time_base}
    numbers = [read_number(np.repeat(frame.view, 4, axis=1)) for frame in frames]
    assert numbers == list(range(COUNT))


def test_the_timeline_is_that_of_the_frames(source: Source) -> None:
    times = [frame.moment.time_seconds for frame in source.frames()]
    if source.timeline is not None:
        assert source.timeline.times_seconds.tolist() == times
        assert source.timeline.key[0]
    assert source.info.packet_count == COUNT


def test_a_frame_index_names_the_same_picture_in_every_request(source: Source) -> None:
    whole = list(source.frames())
    assert _same(list(source.frames()), whole)
    for frame_indices in ((0,), (COUNT - 1,), (7, 8, 9), (0, 15, 30, 45), (14, 16, 44)):
        part = list(source.frames(FrameRequest(frame_indices)))
        assert _same(part, [whole[n] for n in frame_indices])


def test_frames_come_once_in_display_order_and_only_those_there_are(source: Source) -> None:
    request = FrameRequest((40, 3, COUNT, 3, 10**6, 41))
    assert _indices(list(source.frames(request))) == [3, 40, 41]
    assert list(source.frames(FrameRequest((COUNT,)))) == []


@pytest.mark.parametrize("depth", [8, 16])
def test_stills_are_the_very_frames_at_full_size(source: Source, depth: int) -> None:
    moments = [frame.moment for frame in source.frames()][::11]
    stills = list(source.stills(moments, depth))
    assert sorted(still.moment.frame_index for still in stills) == list(range(0, COUNT, 11))
    for still in stills:
        assert still.pixels.shape == (source.info.height, source.info.width, 3)
        assert still.pixels.dtype == (np.uint16 if depth == 16 else np.uint8)
        pixels = (still.pixels >> (depth - 8)).astype(np.uint8)
        assert read_number(pixels) == still.moment.frame_index


def test_a_source_that_gave_no_frames_gives_stills(opener: Opener) -> None:
    with opener() as source:
        moments = [frame.moment for frame in source.frames(FrameRequest((5, 25, 45)))]
    with opener() as source:
        numbers = sorted(read_number(s.pixels) for s in source.stills(moments))
    assert numbers == [5, 25, 45]


def test_detail_measures_are_those_of_the_frames(source: Source) -> None:
    frames = list(source.frames(FrameRequest((3, 30, 50))))
    moments = [frame.moment for frame in frames]
    found = {one.moment: one for one in source.detail_measures(moments)}
    assert set(found) == set(moments)
    for frame in frames:
        one = found[frame.moment]
        assert one.structure.max() > 0
        assert float(one.luma.mean()) == pytest.approx(frame.measures.luma_mean, abs=0.1)
    again = list(source.detail_measures(moments))
    assert all(_equal(one, found[one.moment]) for one in again)


@pytest.mark.parametrize("are_kept", [False, True])
def test_small_pictures_are_the_stills_made_small(source: Source, are_kept: bool) -> None:
    moments = [frame.moment for frame in source.frames()][::11]
    if are_kept:
        list(source.detail_measures(moments, keep_pictures=True))
    stills = {one.moment: one.pixels for one in source.stills(moments)}
    small = {one.moment: one.pixels for one in source.small_pictures([*moments, moments[0]])}
    assert small.keys() == stills.keys()
    for moment, pixels in small.items():
        height, width, _ = pixels.shape
        assert max(height, width) <= SMALL_SIDE
        still = np.asarray(Image.fromarray(stills[moment].astype(np.uint8)).resize((width, height)))
        assert np.abs(pixels.astype(int) - still).mean() < 3
        assert read_number(pixels.astype(np.uint8)) == moment.frame_index


def test_stills_and_detail_measures_come_between_two_frames(source: Source) -> None:
    whole = list(source.frames())
    frames, given, wanted = source.frames(), [], [whole[n].moment for n in (2, 50)]
    for frame in frames:
        given.append(frame)
        if frame.moment.frame_index in (20, 21, 40):
            stills = list(source.stills(wanted))
            assert sorted(read_number(s.pixels) for s in stills) == [2, 50]
            assert {one.moment for one in source.detail_measures(wanted)} == set(wanted)
    assert _same(given, whole)
    assert source.error_count == 0


def test_one_iteration_of_a_kind_at_a_time(source: Source) -> None:
    frames = source.frames()
    moments = [next(frames).moment, next(frames).moment]
    with pytest.raises(RuntimeError):
        next(source.frames())
    stills = source.stills(moments)
    next(stills)
    for other in (source.stills(moments), source.detail_measures(moments)):
        with pytest.raises(RuntimeError):
            next(other)
    assert len(list(stills)) == 1
    assert len(list(frames)) == COUNT - 2


def test_an_iteration_that_is_given_up_disturbs_no_later_one(source: Source) -> None:
    whole = list(source.frames())
    moments = [frame.moment for frame in whole[:8]]
    for request in _requests(source, moments).values():
        next(request)
        request.close()  # type: ignore[attr-defined]
    for _ in source.frames():
        break
    assert _same(list(source.frames()), whole)
    assert len(list(source.stills(moments))) == 8
    assert len(psutil.Process().children()) <= 1


def test_closing_twice_is_harmless_and_leaves_no_process(opener: Opener) -> None:
    source = opener()
    frames = source.frames()
    moment = next(frames).moment
    stills = source.stills([moment])
    next(stills)
    source.close()
    source.close()
    assert wait_for(lambda: not psutil.Process().children())


def test_requests_after_closing_say_that_it_is_closed(opener: Opener) -> None:
    with opener() as source:
        moments = [frame.moment for frame in source.frames(FrameRequest((1,)))]
        early = source.frames()
        next(early)
    for request in (early, *_requests(source, moments).values()):
        with pytest.raises(SourceClosed):
            list(request)


def test_sound_frames_make_no_errors(source: Source) -> None:
    assert not any(frame.measures.is_damaged for frame in source.frames())
    assert source.error_count == 0
    assert not source.memory().has_fields


def test_what_a_source_learnt_helps_another(opener: Opener) -> None:
    with opener() as source:
        assert source.memory([0, 5]).checksums.tolist() == [-1, -1]
        frames = list(source.frames())
        memory = source.memory(range(COUNT))
    assert memory.frame_indices.tolist() == list(range(COUNT))
    assert memory.checksums.tolist() == [crc32(frame.view.data) for frame in frames]
    with opener() as other:
        other.recall(replace(memory, error_count=3, has_fields=True))
        assert other.memory([7, COUNT]).checksums.tolist() == [memory.checksums[7], -1]
        assert other.error_count == 3
        assert other.memory().has_fields
        [still] = other.stills([frames[7].moment])
    assert read_number(still.pixels) == 7


def test_frames_that_are_not_as_they_were_are_lost(opener: Opener) -> None:
    with opener() as source:
        moments = [frame.moment for frame in source.frames()][4:8]
        memory = source.memory(range(COUNT))
        memory.checksums[5] ^= 1
        source.recall(memory)
        stills = source.stills(moments)
        found = [next(stills).moment for _ in range(3)]
        with pytest.raises(LostFrames) as caught:
            next(stills)
        seen = [one.moment for one in source.detail_measures(moments)]
        small = [one.moment for one in source.small_pictures(moments)]
    assert caught.value.frame_indices == {5}
    assert sorted(moment.frame_index for moment in found) == [4, 6, 7]
    assert sorted(moment.frame_index for moment in seen) == [4, 6, 7]
    assert sorted(moment.frame_index for moment in small) == [4, 6, 7]
