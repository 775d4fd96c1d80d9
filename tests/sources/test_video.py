"""The contract of the video source, on real and on generated files."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil
import pytest

from framepick.errors import DecoderError, LostFrames, SourceClosed, SourceError
from framepick.protocols import Opening, SourceMemory
from framepick.sources.decoder_client import Messages
from framepick.sources.video import VideoSource
from framepick.sources.views import PictureConverter
from framepick.sources.wire import Message
from framepick.types import FrameRequest, Moment
from samples.clipmaker import (
    BT601,
    BT709,
    Colour,
    damage,
    flat,
    numbered,
    read_number,
    rotation,
    truncate,
    write,
)
from tests.conftest import VIEW, frames_of, is_over, wait_for
from tests.representative import representative

REAL_FILES = {
    # name: frames, first and last time as the container says, upright size
    "one-by-one-person-detection.mp4": (1394, 0, 139.300, 768, 432),
    "car-detection.mp4": (377, 0, 30.080, 768, 432),
    "brother.mkv": (65, 0, 2.167, 640, 480),
    "nasa_13013.mp4": (390, 0, 12.980, 480, 270),
    "h265_10bits.mp4": (30, 0, 0.967, 200, 200),
    "bt709_full_range.mp4": (30, 0, 0.967, 1280, 720),
    "av1_video.mkv": (125, 0, 4.960, 640, 360),
    "bikes.mp4": (250, 0, 9.960, 640, 272),
    "scene_cuts.mp4": (250, 0, 9.960, 1280, 272),
    "flipping_a_pancake.mkv": (310, 0, 10.300, 426, 240),
    "rotated_90.mov": (3, 0, 0.067, 320, 568),
    "rotated_270.mov": (3, 0, 0.067, 320, 568),
    "rotated_180.mov": (3, 0, 0.067, 568, 320),
    "damaged_h264.mp4": (49, 0, 4.900, 1280, 720),
    "rot90_mirror.mp4": (30, 0, 0.968, 720, 1080),
    "phone_pixel7_rot180_vfr.mp4": (36, 0, 1.172, 1920, 1080),
    "slowmo_vfr_7f.mp4": (7, 0, 0.492, 1280, 720),
    "hevc_hlg_colorbars.mp4": (9, 0, 0.267, 1920, 1080),
    "editlist_empty_start.mp4": (270, 1.000, 9.967, 1920, 1080),
    "firstpts_10s_sar.mp4": (120, 10.000, 13.967, 1137, 640),
    "h264_bframes.mp4": (30, 0, 0.968, 1080, 720),
    "h264.ts": (30, 1.467, 2.433, 854, 480),
}

# B-frames right before a key frame, sent after it: they refer across it
OPEN_GOP: dict[str, Any] = {
    "bframes": 2,
    "gop": 15,
    "options": {"x264-params": "open-gop=1:b-adapt=0"},
}
CONTAINERS: dict[str, dict[str, Any]] = {
    "closed.mp4": {"bframes": 2},
    "open.mp4": OPEN_GOP,
    "open.ts": OPEN_GOP,
    "open.mkv": OPEN_GOP,
    "hevc.ts": {"codec": "libx265", "bframes": 3},
    "mpeg2.ts": {"codec": "mpeg2video", "bframes": 2},
    "mpeg4.avi": {"codec": "mpeg4", "bframes": 2},
    "without_pts.h264": {"bframes": 2, "container": "h264"},
    "vp9.webm": {"codec": "libvpx-vp9"},
    "intra.mov": {"gop": 1},
    "one_key_frame.mp4": {"gop": 1000, "options": {"x264-params": "scenecut=0"}},
    "late_start.mkv": {"pts": range(5000, 8000, 33), "time_base": Fraction(1, 1000)},
}


@pytest.mark.parametrize(
    "name",
    representative(
        REAL_FILES,
        "brother.mkv",
        "av1_video.mkv",
        "rotated_90.mov",
        "damaged_h264.mp4",
        "rot90_mirror.mp4",
        "slowmo_vfr_7f.mp4",
        "editlist_empty_start.mp4",
        "firstpts_10s_sar.mp4",
        "h264.ts",
    ),
)
def test_real_files_have_their_frames_times_and_upright_sizes(
    media: Callable[[str], Path], name: str
) -> None:
    count, first, last, width, height = REAL_FILES[name]
    with VideoSource(media(name), VIEW) as source:
        moments = [frame.moment for frame in source.frames()]
        still = next(source.stills(moments[-1:]))
        assert (source.info.width, source.info.height) == (width, height)
    assert len(moments) == count
    assert moments[0].pts_seconds == pytest.approx(first, abs=0.0006)
    assert moments[-1].pts_seconds == pytest.approx(last, abs=0.0006)
    # its sound starts a second before its pictures
    assert moments[0].time_seconds == (1 if name == "editlist_empty_start.mp4" else 0)
    assert still.pixels.shape == (height, width, 3)


@pytest.mark.parametrize(
    "name",
    representative(
        (n for n in REAL_FILES if n != "damaged_h264.mp4"),
        "brother.mkv",
        "phone_pixel7_rot180_vfr.mp4",
        "slowmo_vfr_7f.mp4",
        "h264_bframes.mp4",
        "h264.ts",
    ),
)
def test_pts_are_those_of_a_plain_decoder(media: Callable[[str], Path], name: str) -> None:
    with av.open(str(media(name))) as container:
        stream = container.streams.best("video")
        assert stream is not None
        expected = [(picture.pts, stream.time_base) for picture in container.decode(stream)]
    with VideoSource(media(name), VIEW) as source:
        assert [(f.moment.pts, f.moment.time_base) for f in source.frames()] == expected


@pytest.mark.parametrize(
    "name",
    representative(
        CONTAINERS,
        "closed.mp4",
        "open.ts",
        "hevc.ts",
        "mpeg4.avi",
        "without_pts.h264",
        "vp9.webm",
        "late_start.mkv",
    ),
)
def test_every_still_is_the_very_frame(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write(path, numbered(90), **{"gop": 15, **CONTAINERS[name]})
    with VideoSource(path, VIEW) as source:
        moments = [frame.moment for frame in source.frames()]
        assert [moment.frame_index for moment in moments] == list(range(90))
        chosen = moments[::7] + moments[-1:]
        numbers = {s.moment.frame_index: read_number(s.pixels) for s in source.stills(chosen)}
    assert numbers == {moment.frame_index: moment.frame_index for moment in chosen}


def test_open_groups_of_pictures_are_open(tmp_path: Path) -> None:
    # else the tests above would not meet them
    write(tmp_path / "open.ts", numbered(90), **OPEN_GOP)
    with av.open(str(tmp_path / "open.ts")) as container:
        packets = [p for p in container.demux(video=0) if p.pts is not None]
    keys = [n for n, packet in enumerate(packets) if packet.is_keyframe]
    assert len(keys) == 6
    assert all(packets[n + 1].pts < packets[n].pts for n in keys[1:])  # type: ignore[operator]


def test_a_source_that_has_not_decoded_gives_the_same_stills(clip: Path) -> None:
    moments = [frame.moment for frame in frames_of(clip)][5:90:20]
    with VideoSource(clip, VIEW) as source:
        numbers = [read_number(still.pixels) for still in source.stills(moments)]
    assert numbers == [5, 25, 45, 65, 85]


def test_stills_are_bit_for_bit_what_a_plain_decoder_gives(clip: Path) -> None:
    with av.open(str(clip)) as container:
        plain = [PictureConverter(VIEW).still(p) for p in container.decode(video=0)]
    with VideoSource(clip, VIEW) as source:
        moments = [frame.moment for frame in source.frames()]
        stills = list(source.stills(moments[3:90:11]))
    assert [still.moment.frame_index for still in stills] == list(range(3, 90, 11))
    assert all(np.array_equal(s.pixels, plain[s.moment.frame_index]) for s in stills)


def test_two_iterations_at_once_are_refused(clip: Path) -> None:
    with VideoSource(clip, VIEW) as source:
        first = source.frames()
        next(first)
        with pytest.raises(RuntimeError, match="finish one iteration"):
            next(source.frames())


def test_pictures_that_stretch_beyond_all_bounds_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "wide.mp4", [flat((90, 90, 90), (4096, 2160))] * 2, sar=Fraction(16))
    with pytest.raises(SourceError, match="65536 x 2160"):
        VideoSource(tmp_path / "wide.mp4", VIEW)


def test_a_seek_that_lands_on_another_picture_is_not_believed(clip: Path) -> None:
    with VideoSource(clip, VIEW) as source:
        moments = [frame.moment for frame in source.frames()]
        wrong = Moment(10, moments[50].pts, moments[50].time_base, moments[50].time_seconds)
        [still] = source.stills([wrong])
        assert read_number(still.pixels) == 10
        unknown = Moment(500, 10**9, moments[0].time_base, 1e5)
        with pytest.raises(LostFrames) as caught:
            list(source.stills([unknown]))
    assert caught.value.frame_indices == {500}


def _known(source: VideoSource) -> Opening:
    """Give what `source` found when it opened its file, as it comes back from a disk."""
    header, payload = source.opening
    return Opening(json.loads(json.dumps(header)), bytes(payload))


def _children() -> list[psutil.Process]:
    children: list[psutil.Process] = psutil.Process().children()
    return children


@pytest.mark.parametrize("name", ["closed.mp4", "without_pts.h264"])
def test_a_file_that_is_known_is_opened_when_frames_are_asked_for(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    write(path, numbered(90), **{"gop": 15, **CONTAINERS[name]})
    with VideoSource(path, VIEW) as source:
        whole = list(source.frames())
        known, info, line = _known(source), source.info, source.timeline
    with VideoSource(path, VIEW, opening=known) as source:
        assert source.info == info
        assert source.opening == known
        if source.timeline is None or line is None:
            assert source.timeline is line
        else:
            for column in ("times_seconds", "key", "size"):
                assert np.array_equal(getattr(source.timeline, column), getattr(line, column))
        assert _children() == []
        again = list(source.frames())
        assert len(_children()) == 1
    assert [frame.moment for frame in again] == [frame.moment for frame in whole]
    assert all(np.array_equal(a.view, b.view) for a, b in zip(again, whole, strict=True))


def test_a_file_that_is_not_the_one_that_is_known_is_refused(tmp_path: Path, clip: Path) -> None:
    with VideoSource(clip, VIEW) as source:
        moment = next(iter(list(source.frames()))).moment
        known = _known(source)
    path = tmp_path / "numbered.mp4"
    asks: list[Callable[[VideoSource], Iterator[object]]] = [
        lambda source: source.frames(),
        lambda source: source.stills([moment]),
        lambda source: source.detail_measures([moment]),
    ]
    for ask in asks:
        write(path, numbered(90, first=7), gop=30, bframes=2)
        with VideoSource(path, VIEW, opening=known) as source:
            with pytest.raises(SourceError, match=r"numbered\.mp4: changed while it was read; try"):
                next(ask(source))
            assert _children() == []
        path.unlink()
        with (
            VideoSource(path, VIEW, opening=known) as source,
            pytest.raises(SourceError, match="does not exist"),
        ):
            next(ask(source))


def test_a_source_that_was_never_asked_closes_and_stays_closed(clip: Path) -> None:
    with VideoSource(clip, VIEW) as source:
        known = _known(source)
    source = VideoSource(clip, VIEW, opening=known)
    source.close()
    source.close()
    with pytest.raises(SourceClosed):
        next(source.frames())
    assert _children() == []


def test_checksums_tell_the_frames_that_were_given(clip: Path) -> None:
    with VideoSource(clip, VIEW) as source:
        assert source.memory([0, 5]).checksums.tolist() == [-1, -1]
        frames = list(source.frames(FrameRequest(tuple(range(30, 46)))))
        frame_indices = [frame.moment.frame_index for frame in frames]
        assert source.memory(frame_indices).checksums.tolist() == [
            zlib.crc32(f.view.data) for f in frames
        ]
        assert source.memory([29, 46, 10**6]).checksums.tolist() == [-1, -1, -1]
        assert source.memory([]).checksums.shape == (0,)


def test_frames_that_are_recalled_are_found_as_those_that_were_given(clip: Path) -> None:
    with VideoSource(clip, VIEW) as source:
        moments = [frame.moment for frame in source.frames()]
        known = _known(source)
        checksums = source.memory(range(90)).checksums
    with VideoSource(clip, VIEW, opening=known) as source:
        known_rows = np.array([40, *range(20)])
        source.recall(SourceMemory(known_rows, checksums[known_rows]))
        assert source.memory([19, 20, 40, 41]).checksums.tolist() == [
            *checksums[[19]].tolist(),
            -1,
            *checksums[[40]].tolist(),
            -1,
        ]
        # a seek to another picture is not believed
        wrong = Moment(10, moments[50].pts, moments[50].time_base, moments[50].time_seconds)
        [still] = source.stills([wrong])
        assert read_number(still.pixels) == 10
        assert list(source.detail_measures([wrong])) == []
        # what is not recalled is known by its time only
        [still] = source.stills([moments[30]])
        assert read_number(still.pixels) == 30


def test_a_picture_other_than_the_one_that_is_recalled_is_lost(clip: Path) -> None:
    with VideoSource(clip, VIEW) as source:
        moments = [frame.moment for frame in source.frames(FrameRequest(tuple(range(16))))]
        checksums = source.memory(range(10)).checksums
        source.recall(SourceMemory(np.arange(10), checksums ^ 1))
        with pytest.raises(LostFrames):
            list(source.stills(moments[3:5]))


def _errors(count: int) -> SourceMemory:
    nothing = np.empty(0, np.int64)
    return SourceMemory(nothing, nothing, count)


def test_errors_of_an_earlier_run_count(tmp_path: Path, clip: Path) -> None:
    damage(clip, tmp_path / "broken.mp4", seed=1)
    with VideoSource(tmp_path / "broken.mp4", VIEW) as source:
        list(source.frames())
        errors = source.error_count
        assert errors > 0
        source.recall(_errors(errors - 1))
        assert source.error_count == errors
    with VideoSource(tmp_path / "broken.mp4", VIEW) as source:
        source.recall(_errors(1))
        assert source.error_count == 1
        list(source.frames())
        assert source.error_count == errors
        source.recall(_errors(errors + 5))
        list(source.frames())
        assert source.error_count == errors + 5


def test_variable_rates_keep_their_times(tmp_path: Path) -> None:
    pts = [int(t) for t in np.cumsum(np.random.default_rng(0).integers(5, 90, 40))]
    write(tmp_path / "v.mkv", numbered(40), pts=pts, time_base=Fraction(1, 1000), bframes=2)
    moments = [frame.moment for frame in frames_of(tmp_path / "v.mkv")]
    assert [moment.pts for moment in moments] == pts
    shown = [(t - pts[0]) / 1000 for t in pts]
    assert [moment.time_seconds for moment in moments] == pytest.approx(shown)


@pytest.mark.parametrize(
    ("degrees", "mirror"),
    representative(
        [(degrees, mirror) for degrees in (0, 90, 180, 270) for mirror in (False, True)],
        (0, True),
        (90, False),
        (180, False),
        (270, True),
    ),
)
def test_stills_and_views_stand_upright(tmp_path: Path, degrees: int, mirror: bool) -> None:
    upright = [np.ascontiguousarray(frame) for frame in numbered(3, (320, 180), first=21)]
    stored = [frame[:, ::-1] if mirror else frame for frame in upright]
    stored = [np.ascontiguousarray(np.rot90(frame, degrees // 90)) for frame in stored]
    path = tmp_path / "turned.mp4"
    write(path, stored, display_matrix=rotation(degrees, mirror))
    with VideoSource(path, VIEW) as source:
        frames = list(source.frames())
        stills = list(source.stills([frame.moment for frame in frames]))
        assert (source.info.width, source.info.height) == (320, 180)
    assert [read_number(still.pixels) for still in stills] == [21, 22, 23]
    assert [read_number(np.repeat(frame.view, 4, axis=1)) for frame in frames] == [21, 22, 23]


@pytest.mark.parametrize(
    ("aspect", "size"), [(Fraction(4, 3), (427, 180)), (Fraction(8, 9), (320, 202))]
)
def test_stills_have_square_pixels(tmp_path: Path, aspect: Fraction, size: tuple[int, int]) -> None:
    write(tmp_path / "wide.mp4", numbered(3), sar=aspect)
    with VideoSource(tmp_path / "wide.mp4", VIEW) as source:
        [still] = source.stills([frame.moment for frame in source.frames(FrameRequest((0,)))])
    assert still.pixels.shape[1::-1] == size


@pytest.mark.parametrize(
    ("size", "colour"),
    [
        ((320, 180), BT709),
        ((320, 180), BT601),
        ((1280, 720), BT601),
        ((320, 180), Colour(full_range=True)),
        ((320, 180), None),
    ],
)
def test_colours_follow_matrix_and_range(
    tmp_path: Path, size: tuple[int, int], colour: Colour | None
) -> None:
    red = (200, 40, 30)
    write(tmp_path / "red.mp4", [flat(red, size)] * 2, colour=colour, quality=4)
    with VideoSource(tmp_path / "red.mp4", VIEW) as source:
        frames = list(source.frames())
        [still] = source.stills([frames[0].moment])
    assert np.abs(still.pixels.mean(axis=(0, 1)) - red).max() < 4
    assert np.abs(frames[0].view.mean(axis=(0, 1)) - red).max() < 4


def test_untagged_high_definition_counts_as_bt709(tmp_path: Path) -> None:
    # BT.601 colours without a tag, in a picture where players expect BT.709
    write(tmp_path / "hd.mp4", [flat((200, 40, 30), (1280, 720))] * 2, colour=None, quality=4)
    write(tmp_path / "sd.mp4", [flat((200, 40, 30), (640, 360))] * 2, colour=None, quality=4)
    [high, low] = [
        frames_of(tmp_path / name)[0].view.mean(axis=(0, 1)) for name in ("hd.mp4", "sd.mp4")
    ]
    assert np.abs(low - high).max() > 10


def test_a_size_that_changes_on_the_way_is_followed(tmp_path: Path) -> None:
    parts = []
    for number, size in enumerate(((320, 180), (480, 270))):
        part = tmp_path / f"{number}.ts"
        pts = range(number * 30, number * 30 + 30)
        write(part, numbered(30, size, first=number * 30), pts=pts, gop=15)
        parts.append(part.read_bytes())
    (tmp_path / "both.ts").write_bytes(b"".join(parts))
    with VideoSource(tmp_path / "both.ts", VIEW) as source:
        moments = [frame.moment for frame in source.frames()]
        stills = list(source.stills([moments[10], moments[50]]))
    assert [read_number(still.pixels) for still in stills] == [10, 50]
    assert [still.pixels.shape[:2] for still in stills] == [(180, 320), (270, 480)]


@pytest.mark.parametrize("byte_share", representative([0.002, 0.05, 0.3], 0.05))
@pytest.mark.parametrize("name", ["closed.mp4", "open.mkv", "mpeg4.avi", "mpeg2.ts"])
def test_damage_is_marked_and_the_rest_is_as_in_the_clean_file(
    tmp_path: Path, name: str, byte_share: float
) -> None:
    clean, broken = tmp_path / name, tmp_path / f"broken_{name}"
    write(clean, numbered(90), **{"gop": 15, **CONTAINERS.get(name, {"bframes": 2})})
    damage(clean, broken, byte_share=byte_share, seed=3)
    expected = {frame.moment.pts: frame.view for frame in frames_of(clean)}
    with VideoSource(broken, VIEW) as source:
        frames = list(source.frames())
        assert source.error_count > 0
    sound = [frame for frame in frames if not frame.measures.is_damaged]
    assert 45 <= len(sound) < 90
    for frame in sound:
        assert np.array_equal(frame.view, expected[frame.moment.pts])


@pytest.mark.parametrize("codec", ["libx265", "libvpx-vp9"])
def test_codecs_that_hide_damage_still_decode_to_the_end(tmp_path: Path, codec: str) -> None:
    write(tmp_path / "clean.mkv", numbered(60), codec=codec, gop=15)
    damage(tmp_path / "clean.mkv", tmp_path / "broken.mkv", seed=2)
    expected = {frame.moment.pts: frame.view for frame in frames_of(tmp_path / "clean.mkv")}
    frames = frames_of(tmp_path / "broken.mkv")
    untouched = [frame for frame in frames if frame.moment.time_seconds < 0.9]
    assert frames[-1].moment.time_seconds > 1.9
    assert len(untouched) > 10
    same = [np.array_equal(f.view, expected[f.moment.pts]) for f in frames]
    assert sum(same) >= 25
    assert all(same[n] for n, f in enumerate(frames) if f.moment.time_seconds < 0.5)


def test_a_damaged_file_decodes_the_same_each_time(tmp_path: Path, clip: Path) -> None:
    # threads that are left over from before the first error must not be heard afterwards
    damage(clip, tmp_path / "broken.mp4", seed=1)
    runs = [frames_of(tmp_path / "broken.mp4") for _ in range(4)]
    assert len(runs[0]) == 90
    for run in runs[1:]:
        assert [f.moment for f in run] == [f.moment for f in runs[0]]
        assert [f.measures for f in run] == [f.measures for f in runs[0]]
        assert all(np.array_equal(a.view, b.view) for a, b in zip(run, runs[0], strict=True))


def test_stills_of_a_damaged_file_are_the_frames_that_were_scored(
    tmp_path: Path, clip: Path
) -> None:
    damage(clip, tmp_path / "broken.mp4", seed=1)
    with VideoSource(tmp_path / "broken.mp4", VIEW) as source:
        sound = [f.moment for f in source.frames() if not f.measures.is_damaged]
        stills = list(source.stills(sound[::9]))
    assert [read_number(still.pixels) for still in stills] == [m.frame_index for m in sound[::9]]


def test_a_file_that_was_cut_off_gives_what_it_holds(tmp_path: Path) -> None:
    write(tmp_path / "whole.mkv", numbered(90), gop=15, bframes=2)
    truncate(tmp_path / "whole.mkv", tmp_path / "part.mkv", 0.5)
    frames = frames_of(tmp_path / "part.mkv")
    assert 30 <= len(frames) <= 60
    assert [f.moment.frame_index for f in frames] == list(range(len(frames)))


REFUSED = {
    "missing.mp4": (None, "does not exist"),
    "empty.mp4": (b"", "is empty"),
    "text.mp4": (b"this is a letter, not a film\n" * 50, "is not a video"),
    "list.m3u8": (b"#EXTM3U\n#EXTINF:1,\nclip.ts\n#EXT-X-ENDLIST\n", "is not a video"),
    "list.mp4": (b"ffconcat version 1.0\nfile clip.mp4\n", "is not a video"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_video_is_refused_in_one_line(tmp_path: Path, name: str, clip: Path) -> None:
    content, reason = REFUSED[name]
    (tmp_path / "clip.mp4").write_bytes(clip.read_bytes())
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        VideoSource(path, VIEW)
    message = str(caught.value)
    assert str(path) in message
    assert reason in message
    assert "\n" not in message


def test_folders_and_pipes_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    for path, reason in ((tmp_path, "folder"), (tmp_path / "pipe.mp4", "regular file")):
        with pytest.raises(SourceError, match=reason):
            VideoSource(path, VIEW)


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be opened"):
        VideoSource(str(tmp_path / "a\0b.mp4"), VIEW)


def test_sound_without_pictures_is_refused(media: Callable[[str], Path]) -> None:
    with pytest.raises(SourceError, match="holds no video"):
        VideoSource(media("audio_only.mp4"), VIEW)


@pytest.mark.parametrize(
    "name", ["http:x.mp4", "concat:a|b.mp4", "-i.mp4", "a b\nc.mp4", "日本.mp4"]
)
def test_odd_names_are_files_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clip: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(clip.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert len(frames_of(Path(name))) == 90


def test_a_name_that_is_not_utf8_is_a_file_like_any_other(tmp_path: Path, clip: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mp4"))
    path.write_bytes(clip.read_bytes())
    assert len(frames_of(path)) == 90


def _child(source: VideoSource) -> psutil.Process:
    [child] = psutil.Process().children()
    assert source.info
    return child


@pytest.fixture
def long_clip(tmp_path: Path) -> Path:
    write(tmp_path / "long.mp4", numbered(400, (160, 90)), gop=30)
    return tmp_path / "long.mp4"


def test_a_killed_decoder_is_a_clear_error(long_clip: Path) -> None:
    with VideoSource(long_clip, VIEW) as source:
        frames = iter(source.frames())
        next(frames)
        _child(source).send_signal(signal.SIGKILL)
        with pytest.raises(DecoderError, match=r"long\.mp4: the decoder was ended by SIGKILL"):
            list(frames)


def test_a_decoder_that_hangs_is_ended(long_clip: Path) -> None:
    with VideoSource(long_clip, VIEW, stall_seconds=3) as source:
        frames = iter(source.frames())
        next(frames)
        child = _child(source)
        child.send_signal(signal.SIGSTOP)
        with pytest.raises(DecoderError, match=r"has not answered for 3 s"):
            list(frames)
        assert is_over(child)


def test_decoders_use_the_threads_that_are_asked_for(clip: Path) -> None:
    counts, views = [], []
    for threads in (1, 6):
        with VideoSource(clip, VIEW, threads=threads) as source:
            frames = list(source.frames(FrameRequest((40, 41, 42))))  # the decoder stays open
            counts.append(_child(source).num_threads())
            views.append([frame.view for frame in frames])
    assert counts[1] - counts[0] >= 5
    assert np.array_equal(views[0], views[1])
    with pytest.raises(ValueError, match="threads"):
        VideoSource(clip, VIEW, threads=0)


def test_messages_wait_by_their_bytes_and_in_order() -> None:
    messages = Messages(15_000)
    for number in range(3):
        messages.put(Message({"kind": str(number)}, bytes(4000)), timeout=0.01)
    with pytest.raises(queue.Full):
        messages.put(None, timeout=0.01)
    assert [messages.get(timeout=1).header["kind"] for _ in range(3)] == ["0", "1", "2"]  # type: ignore[union-attr]
    # one that is larger than all that may wait goes through alone
    messages.put(Message({"kind": "still"}, bytes(50_000)), timeout=0.01)
    with pytest.raises(queue.Full):
        messages.put(None, timeout=0.01)
    assert len(messages.get(timeout=1).payload) == 50_000  # type: ignore[union-attr]
    messages.put(None, timeout=0.01)
    assert messages.get(timeout=1) is None
    with pytest.raises(queue.Empty):
        messages.get(timeout=0.01)


def test_a_consumer_that_raises_leaves_no_process(long_clip: Path) -> None:
    children = []

    def consume() -> None:
        with VideoSource(long_clip, VIEW) as source:
            children.append(_child(source))
            for _ in source.frames():
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        consume()
    assert is_over(children[0])


def test_giving_up_an_iteration_ends_its_decoder_and_the_next_has_another(long_clip: Path) -> None:
    with VideoSource(long_clip, VIEW) as source:
        child = _child(source)
        for _ in source.frames():
            break
        assert wait_for(lambda: is_over(child))
        assert len(list(source.frames())) == 400
        assert _child(source) != child


def test_the_decoder_ends_when_its_parent_is_killed(long_clip: Path) -> None:
    script = (
        "import sys, time\n"
        "from framepick.sources.video import VideoSource\n"
        "from framepick.types import ViewSpec\n"
        f"source = VideoSource({str(long_clip)!r}, ViewSpec(64))\n"
        "frames = iter(source.frames())\n"
        "next(frames)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        [child] = psutil.Process(parent.pid).children()
        parent.kill()
    assert wait_for(lambda: is_over(child))


def test_the_decoder_imports_av_and_numpy_only() -> None:
    script = (
        "import sys, framepick.sources.decoder_worker\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    loaded = set(done.stdout.decode().split())
    assert {"av", "numpy"} <= loaded
    assert not loaded & {"torch", "cv2", "scipy", "PIL", "pyarrow", "typer", "rich", "streamlit"}
