"""Times count from the start of the file, and time codes at the rate of their track."""

from __future__ import annotations

import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from framepick.sources.video import VideoSource
from framepick.timecode import Timecodes, timecodes
from samples.clipmaker import numbered, read_number, write
from tests.conftest import VIEW, frames_of

SOUND_RATE = 48000


def write_with_sound(
    path: Path, sound_start: float, video_start: float, rate: int = 25, frames: int = 50
) -> None:
    with av.open(str(path), "w") as output:
        video = output.add_stream("libx264", rate=rate)
        sound = output.add_stream("ac3" if path.suffix == ".ts" else "aac", rate=SOUND_RATE)
        assert isinstance(video, VideoStream)
        assert isinstance(sound, AudioStream)
        video.width, video.height, video.pix_fmt, sound.layout = 320, 180, "yuv420p", "mono"
        video.codec_context.max_b_frames = 0
        video.codec_context.time_base = Fraction(1, 1000)
        packets = []
        for number, pixels in enumerate(numbered(frames)):
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            picture.pts = round(1000 * (video_start + number / rate))
            picture.time_base = Fraction(1, 1000)
            packets += video.encode(picture.reformat(format="yuv420p"))
        packets += video.encode(None)
        size = sound.codec_context.frame_size or 1024
        for number in range(int((video_start + frames / rate - sound_start) * SOUND_RATE / size)):
            tone = av.AudioFrame.from_ndarray(np.zeros((1, size), np.float32), "fltp", "mono")
            tone.sample_rate, tone.time_base = SOUND_RATE, Fraction(1, SOUND_RATE)
            tone.pts = round(sound_start * SOUND_RATE) + number * size
            packets += sound.encode(tone)
        packets += sound.encode(None)
        for packet in sorted(
            packets, key=lambda packet: float((packet.dts or 0) * packet.time_base)
        ):
            output.mux(packet)


def times_of(path: Path) -> np.ndarray:
    with VideoSource(path, VIEW) as source:
        frames = list(source.frames())
        still = next(source.stills([frames[7].moment]))
        assert read_number(still.pixels) == 7
        if source.timeline:
            given = [frame.moment.time_seconds for frame in frames]
            assert np.array_equal(source.timeline.times_seconds, given)
            last = source.timeline.times_seconds[-1]
            assert source.info.duration_seconds == pytest.approx(last + 0.04, abs=0.002)
    return np.array([frame.moment.time_seconds for frame in frames])


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mov", "clip.mkv", "clip.ts"])
def test_where_sound_starts_first_times_count_from_there(tmp_path: Path, name: str) -> None:
    write_with_sound(tmp_path / name, 0.0, 1.2)
    times = times_of(tmp_path / name)
    with av.open(str(tmp_path / name)) as container:
        starts = [float((s.start_time or 0) * (s.time_base or 0)) for s in container.streams]
    assert starts[0] - starts[1] == pytest.approx(1.2, abs=0.03)  # a coder's delay
    assert times == pytest.approx(starts[0] - max(starts[1], 0) + np.arange(50) / 25, abs=0.0015)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts"])
def test_where_pictures_start_first_times_start_at_0(tmp_path: Path, name: str) -> None:
    write_with_sound(tmp_path / name, 0.8, 0.0)
    assert times_of(tmp_path / name) == pytest.approx(np.arange(50) / 25, abs=0.0015)


def test_a_film_without_sound_starts_at_0_wherever_its_stamps_start(tmp_path: Path) -> None:
    write(
        tmp_path / "a.mkv",
        numbered(10),
        rate=25,
        pts=range(5000, 5400, 40),
        time_base=Fraction(1, 1000),
    )
    assert times_of(tmp_path / "a.mkv") == pytest.approx(np.arange(10) / 25)


def test_the_reported_clip_counts_from_its_sound(media: Callable[[str], Path]) -> None:
    times = [frame.moment.time_seconds for frame in frames_of(media("reported/late_video.mp4"))]
    assert times[53] == pytest.approx(3.320)


def codes_of(path: Path) -> tuple[Timecodes, np.ndarray]:
    with VideoSource(path, VIEW) as source:
        times = np.array([frame.moment.time_seconds for frame in source.frames()])
        return timecodes(source.info, times), times


@pytest.mark.parametrize("lead", [0.021, 0.02, 0.5, 1.234])
def test_a_start_between_two_frames_gives_each_frame_a_code_of_its_own(
    tmp_path: Path, lead: float
) -> None:
    write_with_sound(tmp_path / "clip.mkv", 0.0, lead)
    clock, times = codes_of(tmp_path / "clip.mkv")
    assert (clock.rate, clock.is_nominal) == (Fraction(25), False)
    frames = [clock.frame_at(time) for time in times]
    assert np.array_equal(np.diff(frames), np.ones(49))


REPORTED = {
    # name: code of frame 0, of frame 9, start in seconds
    "tmcd30_on_5994.mov": ("01:00:59;56", "01:01:00;09", Fraction(109690 * 1001, 30000)),
    "df30.mov": ("16:37:10;02", "16:37:10;11", Fraction(298851, 5)),
    "fcc.mov": ("16:37:10;02", "16:37:10;11", Fraction(298851, 5)),
}


@pytest.mark.parametrize("name", REPORTED)
def test_reported_time_codes_are_followed(media: Callable[[str], Path], name: str) -> None:
    first, tenth, start = REPORTED[name]
    clock, times = codes_of(media(f"reported/{name}"))
    assert (clock.text_at(times[0]), clock.text_at(times[9])) == (first, tenth)
    assert clock.start_frame / clock.rate == start
    assert not clock.is_nominal


CODE_TRACKS = {
    # video rate, code, rate of the code track: code of the first frame and of frame 60
    "25 on 50": (Fraction(50), "10:00:00:10", 25, "10:00:00:20", "10:00:01:30"),
    "30 drop on 59.94": (
        Fraction(60000, 1001), "00:00:00;14", 30, "00:00:00;28", "00:00:01;28"
    ),
    "24 on 48": (Fraction(48), "01:00:00:23", 24, "01:00:00:46", "01:00:02:10"),
    "same": (Fraction(25), "01:00:00:05", 25, "01:00:00:05", "01:00:02:15"),
    "30 drop on 30": (Fraction(30), "00:00:59;20", 30, "00:00:59;20", "00:01:01;22"),
}  # fmt: skip


def recount(path: Path, code: str, base: int, counted: int) -> None:
    """Have the code track of a file count `counted` frames a second, as a camera writes it."""
    data = bytearray(path.read_bytes())
    hours, minutes, seconds, frames = (int(part) for part in code.replace(";", ":").split(":"))
    assert counted == base or minutes == 0  # nothing is dropped
    seconds += 3600 * hours + 60 * minutes
    if counted != base:
        sample = data.index(struct.pack(">I", seconds * base + frames), data.index(b"mdat"))
        struct.pack_into(">I", data, sample, seconds * counted + frames)
        description = data.rindex(b"tmcd", data.index(b"moov")) - 4
        duration = struct.unpack_from(">I", data, description + 28)[0]
        struct.pack_into(">IB", data, description + 28, duration * base // counted, counted)
    path.write_bytes(data)


@pytest.mark.parametrize("name", CODE_TRACKS)
def test_a_code_track_counts_at_its_own_rate(tmp_path: Path, name: str) -> None:
    rate, code, counted, first, later = CODE_TRACKS[name]
    path = tmp_path / "clip.mov"
    write(path, numbered(70), rate=rate, metadata={"timecode": code}, bframes=0)
    recount(path, code, round(rate), counted)
    clock, times = codes_of(path)
    assert (clock.text_at(times[0]), clock.text_at(times[60])) == (first, later)
