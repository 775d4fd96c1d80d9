"""The clips that all other tests stand on are what they claim to be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from samples import make_samples
from samples.clipmaker import (
    PQ,
    Pixels,
    Scene,
    View,
    cover,
    damage,
    flat,
    load,
    names,
    numbered,
    read_number,
    render,
    rotation,
    truncate,
    write,
)

SAMPLES = Path(__file__).parents[2] / "samples"
TRUTH: dict[str, dict[str, Any]] = {
    video["file"]: video for video in json.loads((SAMPLES / "truth.json").read_text())["videos"]
}
ORDINARY = [name for name in TRUTH if name != "damaged.mp4"]


@dataclass(frozen=True)
class Decoded:
    pts: int
    seconds: float
    pixels: Pixels
    is_key: bool
    rotation: int


def decode(path: Path) -> Iterator[Decoded]:
    """Give the frames of a file; packets that do not decode are passed over."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        first = None
        for packet in container.demux(stream):
            try:
                pictures = packet.decode()
            except av.error.InvalidDataError:
                continue
            for picture in pictures:
                assert picture.pts is not None
                first = picture.time if first is None else first
                yield Decoded(
                    picture.pts,
                    picture.time - first,
                    picture.to_ndarray(format="rgb24").astype(np.uint8),
                    picture.key_frame,
                    picture.rotation,
                )


def luma(pixels: Pixels) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.asarray(pixels @ np.array([0.299, 0.587, 0.114]))


def detail(pixels: Pixels) -> float:
    """Mean step from pixel to pixel: falls with every kind of blur."""
    grey = luma(pixels)
    return float(np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean())


def one_frame(seconds: float = 0.0, **effects: Any) -> Pixels:
    scene = Scene(load("coffee"), 2.0, **effects)
    return next(render([scene], 320, 180, times=[seconds]))


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("a.mp4", {}),
        ("a.mkv", {"codec": "libx265"}),
        ("a.ts", {"rate": 25}),
        ("a.avi", {"codec": "mpeg4", "rate": 25}),
        ("a.webm", {"codec": "libvpx-vp9"}),
        ("a.mov", {"rate": Fraction(24000, 1001), "bframes": 3}),
        ("b.mov", {"codec": "prores_ks", "pix_fmt": "yuv422p10le"}),
        ("b.mp4", {"rate": 120, "gop": 1}),
        ("c.mp4", {"codec": "libx265", "pix_fmt": "yuv420p10le", "colour": PQ}),
    ],
)
def test_every_frame_comes_back_with_its_number(
    tmp_path: Path, name: str, asked: dict[str, Any]
) -> None:
    write(tmp_path / name, numbered(20, (160, 96), first=8190), **asked)
    frames = list(decode(tmp_path / name))
    assert [read_number(frame.pixels) for frame in frames] == list(range(8190, 8210))
    assert frames[0].pixels.shape == (96, 160, 3)


def test_frames_lie_evenly_at_an_odd_rate(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", numbered(12), rate=Fraction(30000, 1001))
    times = [frame.seconds for frame in decode(tmp_path / "a.mp4")]
    assert times == pytest.approx([n * 1001 / 30000 for n in range(12)], abs=1e-9)


def test_a_variable_rate_keeps_its_time_stamps(tmp_path: Path) -> None:
    stamps = [1000, 1017, 1033, 1100, 1400, 1433]
    write(tmp_path / "a.mkv", numbered(6), pts=stamps, time_base=Fraction(1, 1000))
    assert [frame.pts for frame in decode(tmp_path / "a.mkv")] == stamps


def test_key_frames_come_as_often_as_asked(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", numbered(24), gop=8)
    keys = [number for number, frame in enumerate(decode(tmp_path / "a.mp4")) if frame.is_key]
    assert keys == [0, 8, 16]


@pytest.mark.parametrize("is_open", [False, True])
def test_only_open_groups_show_frames_before_their_key_frame(tmp_path: Path, is_open: bool) -> None:
    options = {"x264-params": f"open-gop={int(is_open)}:b-adapt=0"}
    write(tmp_path / "a.mp4", numbered(40), gop=12, bframes=2, options=options)
    with av.open(str(tmp_path / "a.mp4")) as container:
        packets = [packet for packet in container.demux(video=0) if packet.pts is not None]
    leading = [
        packet
        for key, packet in pairwise(packets)
        if key.is_keyframe and (packet.pts or 0) < (key.pts or 0)
    ]
    assert bool(leading) == is_open


def test_shape_and_turn_of_the_pixels_are_written_down(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write(path, numbered(3), sar=Fraction(4, 3), display_matrix=rotation(90))
    assert next(decode(path)).rotation == -90  # libavutil counts against the clock
    with av.open(str(path)) as container:
        assert container.streams.video[0].sample_aspect_ratio == Fraction(4, 3)


@pytest.mark.parametrize(
    ("degrees", "right_goes", "down_goes"),
    [(0, (1, 0), (0, 1)), (90, (0, 1), (-1, 0)), (180, (-1, 0), (0, -1)), (270, (0, -1), (1, 0))],
)
def test_a_rotation_turns_clockwise_and_then_mirrors(
    degrees: int, right_goes: tuple[int, int], down_goes: tuple[int, int]
) -> None:
    for mirror in (False, True):
        a, b, _, c, d, *_ = (number / 65536 for number in rotation(degrees, mirror))
        sign = -1 if mirror else 1
        assert (sign * a, b) == right_goes
        assert (sign * c, d) == down_goes


def test_colour_tags_are_written_down(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write(path, numbered(3), codec="libx265", pix_fmt="yuv420p10le", colour=PQ)
    with av.open(str(path)) as container:
        picture = next(container.decode(video=0))
    assert (picture.colorspace, picture.color_primaries, picture.color_trc) == (9, 9, 16)


def test_equal_calls_give_equal_bytes(tmp_path: Path) -> None:
    scene = Scene(load("chelsea"), 0.5, shake=4, noise=3, blur=((0, 6), (0.5, 0)))
    for name in ("a.mp4", "b.mp4"):
        write(tmp_path / name, render([scene], 320, 180, seed=5))
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_a_frame_without_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="no number"):
        read_number(flat((128, 128, 128)))


def test_numbers_stay_readable_when_a_frame_is_squeezed() -> None:
    frame = next(numbered(1, (640, 360), first=12345))
    assert read_number(cover(frame, (224, 126))) == 12345


def test_damage_stays_within_the_span_it_names(tmp_path: Path) -> None:
    whole, hurt = tmp_path / "whole.mp4", tmp_path / "hurt.mp4"
    write(whole, numbered(60), gop=15)
    start, end = damage(whole, hurt, start_share=0.4, end_share=0.5)
    assert (start, end) == pytest.approx((24 / 30, 1.0), abs=0.1)
    clean = {frame.pts: frame for frame in decode(whole)}
    differ = [
        frame.seconds
        for frame in decode(hurt)
        if not np.array_equal(frame.pixels, clean[frame.pts].pixels)
    ]
    assert len(differ) > 2
    assert start <= min(differ)
    assert max(differ) < end


def test_damage_can_be_repeated(tmp_path: Path) -> None:
    write(tmp_path / "whole.mp4", numbered(30))
    requests = [damage(tmp_path / "whole.mp4", tmp_path / name, seed=4) for name in ("a", "b")]
    assert requests[0] == requests[1]
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_truncated_file_ends_early(tmp_path: Path) -> None:
    write(tmp_path / "a.ts", numbered(60), gop=10)
    truncate(tmp_path / "a.ts", tmp_path / "b.ts", share=0.5)
    assert 10 < sum(1 for _ in decode(tmp_path / "b.ts")) < 50


@pytest.mark.parametrize("name", names())
def test_every_picture_has_the_size_asked_for(name: str) -> None:
    picture = load(name, (320, 200))
    assert picture.shape == (200, 320, 3)
    assert luma(picture).std() > 10


def test_an_unknown_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="no picture 'nobody'"):
        load("nobody")


@pytest.mark.parametrize("effect", [{"blur": 8}, {"defocus": 3}, {"haze": 0.6}])
def test_blur_and_haze_take_detail_away(effect: dict[str, float]) -> None:
    assert detail(one_frame(**effect)) < 0.75 * detail(one_frame())


def test_a_stop_doubles_the_light_in_the_middle_tones() -> None:
    grey = Scene(flat((100, 100, 100)), 1.0, exposure=1.0)
    level = int(next(render([grey], 32, 32))[0, 0, 0])
    assert level / 255 == pytest.approx(137.2 / 255, abs=0.004)


def test_a_fade_runs_from_black_to_the_picture_to_white() -> None:
    fade = ((0, -1), (1, 0), (2, 1))
    assert one_frame(0.0, fade=fade).max() == 0
    assert np.array_equal(one_frame(1.0, fade=fade), one_frame())
    assert one_frame(2.0, fade=fade).min() == 255


def test_a_pan_moves_the_picture_against_the_camera() -> None:
    still = one_frame(camera=View(0.5, 0.5, 0.5))
    panned = one_frame(2.0, camera=((0, View(0.3, 0.5, 0.5)), (2, View(0.5 + 0.05, 0.5, 0.5))))
    assert np.abs(luma(panned[:, :-32]) - luma(still[:, 32:])).mean() < 2


def test_a_clip_shows_the_same_at_every_rate_and_size() -> None:
    scene = Scene(load("coffee"), 1.0, ((0, View(0.4)), (1, View(0.6, width=0.7))), shake=5, blur=6)
    slow = list(render([scene], 320, 180, rate=5))
    fast = list(render([scene], 320, 180, rate=10))
    large = list(render([scene], 640, 360, rate=5))
    assert (len(slow), len(fast)) == (5, 10)
    assert all(np.array_equal(a, b) for a, b in zip(slow, fast[::2], strict=True))
    small = [cover(frame, (320, 180)) for frame in large]
    assert np.abs(luma(small[3]) - luma(slow[3])).mean() < 3


def test_scenes_follow_each_other_with_hard_cuts() -> None:
    scenes = [Scene(flat((level, level, level)), 0.5) for level in (10, 90, 200)]
    levels = [int(frame.mean()) for frame in render(scenes, 32, 32, rate=10)]
    assert levels == [10] * 5 + [90] * 5 + [200] * 5


def kinds(pixels: Pixels) -> set[str]:
    """Tell what is wrong with a frame, by the simplest measures there are."""
    grey = luma(pixels[::3, ::3])
    found = {
        "black": (grey < 24).mean() > 0.985,
        "white": (grey > 240).mean() > 0.985,
        "flat": grey.std() < 3,
    }
    return {kind for kind, is_so in found.items() if is_so}


@pytest.mark.parametrize("name", ORDINARY)
def test_a_sample_is_faulty_where_the_truth_says_so_and_nowhere_else(name: str) -> None:
    truth = TRUTH[name]
    count = 0
    for frame in decode(SAMPLES / name):
        count += 1
        said = {
            fault["kind"]
            for fault in truth["faults"]
            if fault["start_seconds"] <= frame.seconds < fault["end_seconds"]
        }
        found = kinds(frame.pixels)
        assert said <= found, f"{frame.seconds:.3f} s"
        assert bool(said) == bool(found), f"{frame.seconds:.3f} s"
    assert count == truth["frames"]


def test_clean_frames_of_bursts_are_a_part_of_each_shot() -> None:
    for shot in TRUTH["bursts.mp4"]["clean"]:
        clean = sum(last - first + 1 for first, last in shot["frames"])
        assert 15 <= clean <= 70  # of 78


@pytest.mark.parametrize("name", [name for name in ORDINARY if TRUTH[name]["moments"]])
def test_moments_are_few_short_and_far_apart(name: str) -> None:
    moments = [(m["start_seconds"], m["end_seconds"]) for m in TRUTH[name]["moments"]]
    lengths = [end - start for start, end in moments]
    assert 2 <= len(moments) <= 4
    assert all(0.7 <= length < 1.501 for length in lengths)
    assert all(after[0] - before[1] >= 2 for before, after in pairwise(moments))
    assert sum(lengths) < 0.3 * TRUTH[name]["seconds"]


def test_the_damaged_sample_is_hurt_in_its_span_only() -> None:
    fault = TRUTH["damaged.mp4"]["faults"][0]
    with av.open(str(SAMPLES / "damaged.mp4")) as container:
        container.streams.video[0].thread_type = "NONE"
        frames = [(picture.time, picture.is_corrupt) for picture in container.decode(video=0)]
    hurt = [time for time, is_corrupt in frames if is_corrupt]
    assert len(frames) == TRUTH["damaged.mp4"]["frames"]
    assert len(hurt) > 5
    assert fault["start_seconds"] <= min(hurt) + 0.001
    assert max(hurt) < fault["end_seconds"]


def test_one_sample_has_a_variable_rate_and_one_an_odd_one() -> None:
    rates = {}
    for name in TRUTH:
        with av.open(str(SAMPLES / name)) as container:
            packets = [p for p in container.demux(video=0) if p.pts is not None and p.time_base]
        times = sorted(float((p.pts or 0) * p.time_base) for p in packets)
        rates[name] = {round(float(step), 4) for step in np.diff(times)}
    assert len(rates["handheld.mp4"]) > 20
    assert rates["edited.mp4"] == {round(1001 / 30000, 4)}
    assert rates["hunting.mp4"] == {0.04}


@pytest.mark.parametrize(("name", "story", "rate"), make_samples.VIDEOS)
def test_the_committed_truth_is_that_of_the_script(name: str, story: Any, rate: Any) -> None:
    pieces = story()
    stamps, base = make_samples.clock(pieces, rate)
    expected = {"file": name, **make_samples.truth(pieces, [float(n * base) for n in stamps])}
    assert TRUTH[name] == json.loads(json.dumps(expected))
