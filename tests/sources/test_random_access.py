"""Parts of a video: the very frames that decoding all of it gives, wherever a part begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from framepick.aesthetic import load_model
from framepick.errors import SourceError
from framepick.measures import measure
from framepick.session import open_session
from framepick.sources.video import VideoSource
from framepick.types import Frame, FrameRequest, Pixels, Samples, ScoreCurve, Timeline
from samples.clipmaker import damage, numbered, read_number, truncate, write
from tests.conftest import VIEW
from tests.representative import representative
from tests.sources.test_video import REAL_FILES
from tests.tiny import tiny_weights

COUNT = 90
OPEN = {"bframes": 2, "options": {"x264-params": "open-gop=1:b-adapt=0"}}
PYRAMID = {"bframes": 3, "options": {"x264-params": "open-gop=1:b-adapt=0:b-pyramid=normal:ref=4"}}
MPEG2 = {"codec": "mpeg2video", "bframes": 2}
HEVC = {"codec": "libx265", "bframes": 3}
CLOSED = {**HEVC, "options": {"x265-params": "log-level=error:pools=none:open-gop=0"}}
CLIPS: dict[str, dict[str, Any]] = {
    "closed.mp4": {"bframes": 2},
    "open.mp4": OPEN,
    "open.ts": OPEN,
    "pyramid.mkv": PYRAMID,
    "hevc.ts": HEVC,
    "hevc.mp4": HEVC,
    "hevc.mkv": CLOSED,
    "mpeg2.ts": MPEG2,
    "mpeg2.mkv": MPEG2,
    "mpeg4.avi": {"codec": "mpeg4", "bframes": 2},
    "vp8.webm": {"codec": "libvpx"},
    "vp9.webm": {"codec": "libvpx-vp9"},
    "av1.mkv": {"codec": "libsvtav1"},
    "av1.mp4": {"codec": "libsvtav1"},
    "intra.mov": {"gop": 1},
    "interlaced.ts": {"bframes": 2, "options": {"x264-params": "tff=1"}},
    "one_key_frame.mp4": {"gop": 1000, "options": {"x264-params": "scenecut=0"}},
    "late_start.mkv": {"pts": range(5000, 8000, 33), "time_base": Fraction(1, 1000)},
    # key frames in name only: pictures are refreshed bit by bit
    "refreshed.mkv": {"options": {"x264-params": "intra-refresh=1"}},
    "refreshed.ts": {"gop": 20, "options": {"x264-params": "intra-refresh=1"}},
}

OF_EACH_KIND = (
    "closed.mp4", "open.ts", "hevc.mkv", "mpeg2.ts", "vp9.webm", "interlaced.ts", "refreshed.mkv",
    "one_key_frame.mp4",
)  # fmt: skip


def _write(path: Path) -> Path:
    write(path, numbered(COUNT), **{"gop": 15, **CLIPS[path.name]})
    return path


def _timeline(source: VideoSource) -> Timeline:
    assert source.timeline is not None
    return source.timeline


def _stretch(first: int, last: int) -> FrameRequest:
    return FrameRequest(tuple(range(first, last + 1)))


def _key_frames(source: VideoSource) -> list[int]:
    keys: list[int] = np.flatnonzero(_timeline(source).key).tolist()
    return keys


def _requests(count: int) -> Iterator[list[int]]:
    """Single frames, both ends, stretches that begin and end anywhere, all by their indices."""
    last = count - 1
    for first, final in ((0, 0), (last, last), (0, 3), (last - 3, last), (12, 17), (28, 63)):
        yield list(range(max(0, min(first, last)), min(final, last) + 1))
    yield from ([row] for row in range(1, last, 7))
    yield list(range(count))
    yield list(range(last // 2, count))


def _same(part: list[Frame], whole: list[Frame], frame_indices: list[int]) -> None:
    assert [frame.moment for frame in part] == [whole[n].moment for n in frame_indices]
    for frame, n in zip(part, frame_indices, strict=True):
        assert np.array_equal(frame.view, whole[n].view)
        assert not frame.measures.is_damaged


@pytest.mark.parametrize("name", representative(CLIPS, *OF_EACH_KIND))
def test_a_part_has_the_frames_that_the_whole_has(tmp_path: Path, name: str) -> None:
    path = _write(tmp_path / name)
    with VideoSource(path, VIEW) as source:
        whole = list(source.frames())
    with VideoSource(path, VIEW) as source:
        times = _timeline(source).times_seconds.tolist()
        assert times == [frame.moment.time_seconds for frame in whole]
        for frame_indices in _requests(len(times)):
            part = list(source.frames(FrameRequest(tuple(frame_indices))))
            _same(part, whole, frame_indices)
        assert source.error_count == 0


@pytest.mark.parametrize("name", representative(CLIPS, *OF_EACH_KIND))
def test_key_frames_alone_are_those_of_the_whole(tmp_path: Path, name: str) -> None:
    path = _write(tmp_path / name)
    with VideoSource(path, VIEW) as source:
        whole = list(source.frames())
        keys = _key_frames(source)
        _same(list(source.frames(FrameRequest(tuple(keys)))), whole, keys)
        if late := [n for n in keys if n >= 40]:
            _same(list(source.frames(FrameRequest(tuple(late)))), whole, late)


@pytest.mark.parametrize("name", ["closed.mp4", "pyramid.mkv", "hevc.ts", "refreshed.mkv"])
def test_frames_a_step_apart_are_those_of_the_whole(tmp_path: Path, name: str) -> None:
    path = _write(tmp_path / name)
    with VideoSource(path, VIEW) as source:
        whole = list(source.frames())
        grid = list(range(15, 76, 9))
        _same(list(source.frames(FrameRequest(tuple(grid)))), whole, grid)


def test_frames_come_once_and_in_display_order_whatever_the_order_of_the_request(
    clip: Path,
) -> None:
    with VideoSource(clip, VIEW) as source:
        frames = list(source.frames(FrameRequest((70, 3, 40, 3, 41))))
    assert [frame.moment.frame_index for frame in frames] == [3, 40, 41, 70]


@pytest.mark.parametrize("name", ["closed.mp4", "open.ts", "vp9.webm"])
def test_frames_of_a_part_are_found_again_at_full_size(tmp_path: Path, name: str) -> None:
    with VideoSource(_write(tmp_path / name), VIEW) as source:
        keys = _key_frames(source)
        moments = [f.moment for f in source.frames(_stretch(33, 58))][::5]
        moments += [f.moment for f in source.frames(FrameRequest(tuple(keys)))][1:]
        numbers = {s.moment.frame_index: read_number(s.pixels) for s in source.stills(moments)}
        seen = {detail.moment for detail in source.detail_measures(moments)}
    assert numbers == {moment.frame_index: moment.frame_index for moment in moments}
    assert seen == set(moments)


def test_the_timeline_tells_key_frames_and_sizes_of_the_packets(clip: Path) -> None:
    with av.open(str(clip)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    packets.sort(key=lambda packet: packet.pts or 0)
    with VideoSource(clip, VIEW) as source:
        line = _timeline(source)
    assert line.key.tolist() == [packet.is_keyframe for packet in packets]
    assert line.size.tolist() == [packet.size for packet in packets]
    assert np.flatnonzero(line.key).tolist() == [0, 30, 60]


@pytest.mark.parametrize(
    "name",
    representative(
        (n for n in REAL_FILES if n != "damaged_h264.mp4"),
        "brother.mkv",
        "rotated_90.mov",
        "slowmo_vfr_7f.mp4",
        "editlist_empty_start.mp4",
        "h264.ts",
    ),
)
def test_the_timeline_of_real_files_is_that_of_their_frames(
    media: Callable[[str], Path], name: str
) -> None:
    with VideoSource(media(name), VIEW) as source:
        whole = list(source.frames())
        line = _timeline(source)
        assert line.times_seconds.tolist() == [frame.moment.time_seconds for frame in whole]
        last, keys = len(whole) - 1, _key_frames(source)
        _same(list(source.frames(FrameRequest((last,)))), whole, [last])
        _same(list(source.frames(FrameRequest(tuple(keys)))), whole, keys)


def test_without_time_stamps_parts_are_decoded_from_the_start(tmp_path: Path) -> None:
    path = tmp_path / "without_pts.h264"
    write(path, numbered(COUNT), gop=15, bframes=2, container="h264")
    with VideoSource(path, VIEW) as source:
        assert source.timeline is None
        whole = list(source.frames())
        for frame_indices in ([31, 32, 33, 34], [1, 31, 61], [89]):
            part = list(source.frames(FrameRequest(tuple(frame_indices))))
            _same(part, whole, frame_indices)
        assert list(source.frames(FrameRequest((90, 10**6)))) == []


def test_counters_that_start_again_leave_no_timeline(tmp_path: Path) -> None:
    for number, first in enumerate((900_000, 90_000)):
        pts = range(first, first + 40 * 3000, 3000)
        options = {"pts": pts, "time_base": Fraction(1, 90_000), "gop": 15}
        write(tmp_path / f"{number}.ts", numbered(40, first=40 * number), **options)  # type: ignore[arg-type]
    both = tmp_path / "both.ts"
    both.write_bytes((tmp_path / "0.ts").read_bytes() + (tmp_path / "1.ts").read_bytes())
    with VideoSource(both, VIEW) as source:
        assert source.timeline is None
        moments = [frame.moment for frame in source.frames(_stretch(42, 79))]
    assert moments[-1].frame_index == 79


def test_a_part_measures_change_from_its_own_first_frame(clip: Path) -> None:
    with VideoSource(clip, VIEW) as source:
        for request in (_stretch(30, 36), FrameRequest((0, 30, 60))):
            luma = None
            for frame in source.frames(request):
                expected, luma = measure(frame.view, luma, is_damaged=False)
                assert frame.measures == expected
    assert luma is not None


def test_frames_that_there_are_not_are_left_out(clip: Path) -> None:
    with VideoSource(clip, VIEW) as source:
        assert list(source.frames(FrameRequest((COUNT, 10**6)))) == []
        last = list(source.frames(FrameRequest((COUNT - 1, COUNT))))
        assert [frame.moment.frame_index for frame in last] == [COUNT - 1]
        assert len(list(source.frames())) == COUNT


@pytest.mark.parametrize("frame_indices", [(), (-1,), (3, -1)])
def test_a_request_for_nothing_is_refused(frame_indices: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        FrameRequest(frame_indices)


def test_parts_after_another_in_any_order(clip: Path) -> None:
    with VideoSource(clip, VIEW) as source:
        whole = list(source.frames())
        for first, last in ((70, 75), (10, 12), (80, 89), (0, 89), (11, 12), (13, 14)):
            part = list(source.frames(_stretch(first, last)))
            _same(part, whole, list(range(first, last + 1)))


def test_pictures_before_the_first_key_frame_are_in_no_timeline(tmp_path: Path) -> None:
    write(tmp_path / "all.ts", numbered(COUNT), gop=15, bframes=2)
    data = (tmp_path / "all.ts").read_bytes()
    cut = tmp_path / "cut.ts"
    start = len(data) // 4 // 188 * 188
    cut.write_bytes(data[: 188 * 3] + data[start:])
    with VideoSource(cut, VIEW) as source:
        whole = list(source.frames())
        sound = [f.moment for f in whole if not f.measures.is_damaged]
        times = _timeline(source).times_seconds.tolist()
        assert times == [frame.moment.time_seconds for frame in whole]
        part = list(source.frames(_stretch(sound[5].frame_index, sound[20].frame_index)))
    assert [frame.moment for frame in part] == sound[5:21]


@pytest.mark.parametrize("byte_share", representative([0.002, 0.05, 0.3], 0.05))
@pytest.mark.parametrize("name", ["closed.mp4", "mpeg2.mkv", "intra.mov"])
def test_damage_is_marked_in_parts_too(tmp_path: Path, name: str, byte_share: float) -> None:
    clean, broken = _write(tmp_path / name), tmp_path / f"broken_{name}"
    damage(clean, broken, byte_share=byte_share, seed=3)
    with VideoSource(clean, VIEW) as source:
        before = {frame.moment.pts: frame.view for frame in source.frames()}
    with VideoSource(broken, VIEW) as source:
        whole = {frame.moment.pts: frame for frame in source.frames()}
    with VideoSource(broken, VIEW) as source:
        for frame_indices in _requests(len(_timeline(source))):
            for frame in source.frames(FrameRequest(tuple(frame_indices))):
                known = whole.get(frame.moment.pts)
                called_sound = known is not None and not known.measures.is_damaged
                if frame.measures.is_damaged:
                    assert not called_sound
                elif not np.array_equal(frame.view, before[frame.moment.pts]):
                    # what a decoder never notices shows in both alike
                    assert known is not None
                    assert called_sound
                    assert np.array_equal(frame.view, known.view)
        assert source.error_count > 0


def test_the_end_of_a_file_that_was_cut_off(tmp_path: Path) -> None:
    write(tmp_path / "whole.mkv", numbered(COUNT), gop=15, bframes=2)
    truncate(tmp_path / "whole.mkv", tmp_path / "part.mkv", 0.5)
    with VideoSource(tmp_path / "part.mkv", VIEW) as source:
        whole = {frame.moment: frame for frame in source.frames()}
        count = len(_timeline(source))
        part = list(source.frames(_stretch(count - 10, count - 1)))
    assert len(part) >= 9
    assert all(np.array_equal(frame.view, whole[frame.moment].view) for frame in part)


def test_i_frames_that_are_called_key_frames_hide_no_missing_reference(tmp_path: Path) -> None:
    # transport streams carry no such flag: what is intra coded counts, though later frames of
    # such a stream may refer across it
    def flashes() -> Iterator[Pixels]:
        for number, pixels in enumerate(numbered(120)):
            yield pixels if number // 9 % 2 == 0 else np.ascontiguousarray(255 - pixels)

    options = {"x264-params": "min-keyint=60:ref=4:scenecut=60"}
    write(tmp_path / "flashes.ts", flashes(), gop=100, bframes=2, options=options)
    with VideoSource(tmp_path / "flashes.ts", VIEW) as source:
        whole = list(source.frames())
        for first in range(5, 115, 10):
            part = list(source.frames(_stretch(first, first + 4)))
            _same(part, whole, list(range(first, first + 5)))


def test_a_file_that_goes_away_is_one_error(tmp_path: Path, clip: Path) -> None:
    path = tmp_path / "gone.mp4"
    path.write_bytes(clip.read_bytes())
    with VideoSource(path, VIEW) as source:
        path.unlink()
        with pytest.raises(SourceError, match="does not exist"):
            list(source.frames(_stretch(30, 33)))


def test_a_search_in_parts_scores_frames_as_a_search_of_all(tmp_path: Path, clip: Path) -> None:
    tiny_weights(tmp_path)
    model = load_model(tmp_path / "tiny.safetensors", "cpu")
    told: list[tuple[int, int | None]] = []

    def search_with(*requests: FrameRequest) -> tuple[Samples, ScoreCurve, list[int]]:
        told.clear()
        rows = []
        with open_session(clip, model, lambda *counts: told.append(counts)) as search:
            for request in requests:
                search.processor.process(request)
                rows.append(len(search.samples))
            return search.samples, search.curve, rows

    every, _, _ = search_with(FrameRequest())
    assert told.pop() == (COUNT, COUNT)
    samples, curve, rows = search_with(
        FrameRequest((0, 30, 60)),
        _stretch(57, 63),
        _stretch(9, 15),
        _stretch(30, 33),
    )
    # the key frames of 1 s and 2 s come again
    assert rows == [3, 9, 16, 19]
    assert told.pop() == (21, None)
    assert samples.frame_index.tolist() == [0, *range(9, 16), *range(30, 34), *range(57, 64)]
    assert np.allclose(samples.raw, every.raw[samples.frame_index], atol=1e-4)
    assert np.array_equal(curve.times_seconds, every.times_seconds[samples.frame_index])
