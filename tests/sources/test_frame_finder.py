"""Detail measures of a file: of the very frames asked for, and of no others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from framepick.detail import COLUMNS, GRID, ROWS, SCALES, cells, combing, structure
from framepick.sources.index import index_packets
from framepick.sources.luma import luma_of
from framepick.sources.seeking import seek_stamps
from framepick.sources.video import VideoSource
from framepick.types import DetailMeasures, Frame, Moment
from samples.clipmaker import damage, flat, numbered, read_number, rotation, truncate, write
from tests.conftest import VIEW
from tests.representative import representative
from tests.sources.test_video import CONTAINERS


def plain(path: Path) -> list[np.ndarray]:
    """Give the luma (H, W) of every frame, as a plain decoder gives it."""
    with av.open(str(path)) as container:
        return [luma_of(picture) for picture in container.decode(video=0)]


def shows(seen: DetailMeasures, luma: np.ndarray) -> bool:
    return (
        np.array_equal(seen.structure, structure(luma))
        and np.array_equal(seen.luma, cells(luma))
        and seen.combing == combing(luma)
    )


@pytest.mark.parametrize(
    "name", representative(CONTAINERS, "closed.mp4", "open.mkv", "hevc.ts", "without_pts.h264")
)
def test_every_close_up_is_of_the_very_frame(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write(path, numbered(60), **{"gop": 15, **CONTAINERS[name]})
    pictures = plain(path)
    with VideoSource(path, VIEW) as source:
        moments = [frame.moment for frame in source.frames()]
        chosen = moments[13:33] + moments[-2:] + moments[:1]
        seen = list(source.detail_measures(chosen))
    assert sorted(one.moment.frame_index for one in seen) == sorted(m.frame_index for m in chosen)
    assert {one.moment for one in seen} == set(chosen)
    # neighbours differ, so that only the right one fits
    assert not shows(seen[0], pictures[seen[1].moment.frame_index])
    assert all(shows(one, pictures[one.moment.frame_index]) for one in seen)


@pytest.mark.parametrize(
    "name",
    representative(
        [*CONTAINERS, "h264.mov", "hevc.mkv", "mpeg2.mkv", "av1.mp4"],
        "closed.mp4",
        "open.ts",
        "h264.mov",
        "hevc.mkv",
        "vp9.webm",
    ),
)
def test_a_seek_lands_on_the_key_frame_itself(tmp_path: Path, name: str) -> None:
    # one before it, and all frames between are decoded for nothing
    codec = {"hevc": "libx265", "mpeg2": "mpeg2video", "av1": "libsvtav1"}.get(
        name.partition(".")[0]
    )
    options = CONTAINERS.get(name, {"codec": codec or "libx264", "bframes": 2})
    write(tmp_path / name, numbered(60), **{"gop": 15, **options})
    with av.open(str(tmp_path / name)) as container:
        stream = container.streams.video[0]
        [index] = index_packets(container, [stream], lambda: None)
        if not index.has_pts:
            return
        for key in index.keys[1:].tolist():
            container.seek(seek_stamps(container, index, key)[0], stream=stream)
            assert next(container.demux(stream)).pts == index.pts[key]


def test_close_ups_have_the_shapes_that_they_promise(clip: Path) -> None:
    with VideoSource(clip, VIEW) as source:
        moments = [frame.moment for frame in source.frames()]
        [seen] = source.detail_measures([moments[40]])
    assert seen.structure.shape == (ROWS, COLUMNS, SCALES, 2)
    assert seen.luma.shape == (GRID, GRID)
    assert seen.moment == moments[40]


def test_no_moments_no_close_ups(clip: Path) -> None:
    with VideoSource(clip, VIEW) as source:
        assert list(source.detail_measures([])) == []


def test_a_moment_asked_for_twice_is_seen_once(clip: Path) -> None:
    with VideoSource(clip, VIEW) as source:
        moments = [frame.moment for frame in source.frames()]
        assert len(list(source.detail_measures([moments[5], moments[5]]))) == 1


def test_a_source_that_has_not_decoded_gives_the_same_close_ups(clip: Path) -> None:
    with VideoSource(clip, VIEW) as source:
        moments = [frame.moment for frame in source.frames()][20:24]
        known = list(source.detail_measures(moments))
    with VideoSource(clip, VIEW) as source:
        unknown = list(source.detail_measures(moments))
    for one, other in zip(known, unknown, strict=True):
        assert one.moment == other.moment
        assert np.array_equal(one.structure, other.structure)


def test_the_source_stays_usable(clip: Path) -> None:
    with VideoSource(clip, VIEW) as source:
        moments = [frame.moment for frame in source.frames()]
        list(source.detail_measures(moments[10:15]))
        [still] = source.stills([moments[50]])
        assert read_number(still.pixels) == 50
        assert [one.moment.frame_index for one in source.detail_measures(moments[:2])] == [0, 1]
        assert len(list(source.frames())) == 90


@pytest.mark.parametrize("wrong", [50, None])
def test_what_is_not_the_same_picture_any_more_is_left_out(clip: Path, wrong: int | None) -> None:
    with VideoSource(clip, VIEW) as source:
        moments = [frame.moment for frame in source.frames()]
        pts = moments[wrong].pts if wrong is not None else 10**9
        asked = [moments[9], replace(moments[10], pts=pts), moments[11]]
        assert [one.moment.frame_index for one in source.detail_measures(asked)] == [9, 11]


@pytest.mark.parametrize("name", ["closed.mp4", "open.mkv", "mpeg2.ts"])
def test_close_ups_of_a_damaged_file_are_of_the_frames_that_were_scored(
    tmp_path: Path, name: str
) -> None:
    clean, broken = tmp_path / name, tmp_path / f"broken_{name}"
    write(clean, numbered(90), **{"gop": 15, **CONTAINERS[name]})
    damage(clean, broken, seed=1)
    by_pts = dict(zip(pts_of(clean), plain(clean), strict=True))

    def is_sound(frame: Frame) -> bool:
        return not frame.measures.is_damaged

    with VideoSource(broken, VIEW) as source:
        frames = list(source.frames())
        seen = list(source.detail_measures([frame.moment for frame in frames]))
        sound = {frame.moment.frame_index for frame in filter(is_sound, frames)}
        found = {one.moment.frame_index for one in seen}
        assert sound <= found
        assert all(
            shows(one, by_pts[one.moment.pts]) for one in seen if one.moment.frame_index in sound
        )
        # still there for the stills
        last = max(sound)
        [still] = source.stills([frames[last].moment])
        assert still.moment.frame_index == last


def pts_of(path: Path) -> list[int | None]:
    with av.open(str(path)) as container:
        return [picture.pts for picture in container.decode(video=0)]


def test_close_ups_of_a_file_that_was_cut_off(tmp_path: Path) -> None:
    write(tmp_path / "whole.mkv", numbered(90), gop=15, bframes=2)
    truncate(tmp_path / "whole.mkv", tmp_path / "part.mkv", 0.5)
    with VideoSource(tmp_path / "part.mkv", VIEW) as source:
        frames = list(source.frames())
        sound = [f.moment for f in frames if not f.measures.is_damaged]
        found = {one.moment.frame_index for one in source.detail_measures(sound)}
    assert len(sound) - len(found) <= 1


@pytest.mark.parametrize(
    "name", representative(["refreshed.mkv", "refreshed.ts", "refreshed.mp4"], "refreshed.mkv")
)
def test_frames_without_true_key_frames_have_close_ups(tmp_path: Path, name: str) -> None:
    # pictures are refreshed bit by bit: what is called a key frame needs those before it
    options = {"x264-params": "intra-refresh=1"}
    write(tmp_path / name, numbered(90), gop=20, options=options)
    with VideoSource(tmp_path / name, VIEW) as source:
        moments = [frame.moment for frame in source.frames()]
        assert {one.moment for one in source.detail_measures(moments)} == set(moments)


def test_one_picture_is_enough(tmp_path: Path) -> None:
    write(tmp_path / "one.mp4", numbered(1))
    with VideoSource(tmp_path / "one.mp4", VIEW) as source:
        [frame] = source.frames()
        assert [one.moment for one in source.detail_measures([frame.moment])] == [frame.moment]


def test_tiny_and_deep_pictures_have_close_ups(tmp_path: Path) -> None:
    write(tmp_path / "tiny.mp4", [flat((200, 90, 20), (16, 16))] * 3)
    write(tmp_path / "deep.mp4", numbered(3), codec="libx265", pix_fmt="yuv420p10le")
    for name in ("tiny.mp4", "deep.mp4"):
        with VideoSource(tmp_path / name, VIEW) as source:
            moments = [frame.moment for frame in source.frames()]
            seen = list(source.detail_measures(moments))
        assert len(seen) == 3
        assert all(0 < one.luma.mean() < 1 for one in seen)


def test_turned_pictures_are_seen_as_they_are_stored(tmp_path: Path) -> None:
    write(tmp_path / "turned.mp4", numbered(3), display_matrix=rotation(90))
    with VideoSource(tmp_path / "turned.mp4", VIEW) as source:
        moments = [frame.moment for frame in source.frames()]
        seen = list(source.detail_measures(moments))
    assert [shows(a, b) for a, b in zip(seen, plain(tmp_path / "turned.mp4"), strict=True)] == [
        True,
        True,
        True,
    ]


def test_variable_rates_are_no_trouble(tmp_path: Path) -> None:
    pts = [int(t) for t in np.cumsum(np.random.default_rng(0).integers(5, 90, 40))]
    path = tmp_path / "v.mkv"
    write(path, numbered(40), pts=pts, time_base=Fraction(1, 1000), bframes=2, gop=12)
    pictures = plain(path)
    with VideoSource(path, VIEW) as source:
        moments: list[Moment] = [frame.moment for frame in source.frames()]
        seen = list(source.detail_measures(moments[::3]))
    assert [one.moment.frame_index for one in seen] == list(range(0, 40, 3))
    assert all(shows(one, pictures[one.moment.frame_index]) for one in seen)


@pytest.mark.parametrize(
    "name", ["h264.ts", "av1_video.mkv", "slowmo_vfr_7f.mp4", "editlist_empty_start.mp4"]
)
def test_real_files_have_close_ups_of_their_frames(media: Callable[[str], Path], name: str) -> None:
    with VideoSource(media(name), VIEW) as source:
        moments = [frame.moment for frame in source.frames()][-12:]
        found = [one.moment for one in source.detail_measures(moments)]
    assert found == moments


def test_whole_pictures_among_woven_ones_are_seen_alike(tmp_path: Path) -> None:
    # every second line of a picture has other structure than all of them
    parts = []
    for number, flags in enumerate(("+bitexact", "+ildct+ilme")):
        part = tmp_path / f"{number}.ts"
        pts = range(number * 30, number * 30 + 30)
        write(
            part,
            numbered(30, (320, 192), first=number * 30),
            pts=pts,
            codec="mpeg2video",
            gop=15,
            options={"flags": flags},
        )
        parts.append(part.read_bytes())
    path = tmp_path / "both.ts"
    path.write_bytes(b"".join(parts))
    with av.open(str(path)) as container:
        marks = [bool(picture.interlaced_frame) for picture in container.decode(video=0)]
    assert marks == [False] * 30 + [True] * 30
    pictures = plain(path)
    with VideoSource(path, VIEW) as source:
        assert not source.memory().has_fields
        moments = [frame.moment for frame in source.frames()]
        seen = list(source.detail_measures(moments[25:35]))
        assert source.memory().has_fields
    assert len(seen) == 10
    assert all(shows(one, pictures[one.moment.frame_index][::2]) for one in seen)
    # also by a source that did not give the frames, once it is told
    with VideoSource(path, VIEW) as source:
        [early] = source.detail_measures(moments[25:26])
        assert shows(early, pictures[25])
        source.recall(replace(source.memory(), has_fields=True))
        again = list(source.detail_measures(moments[25:35]))
    assert all(shows(one, pictures[one.moment.frame_index][::2]) for one in again)
    assert [one.moment for one in again] == [one.moment for one in seen]
