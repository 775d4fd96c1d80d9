"""Decoding on a device: whatever it does, the frames are those of software.

No device is needed here: faults that no sound one has are made by decoders that play its part.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil
import pytest

from framepick.errors import DecoderError, LostFrames
from framepick.sources import decoder_client
from framepick.sources.containers import Opened, open_container, open_decoder, stream_at
from framepick.sources.devices import DEVICES, HWACCELS, to_try
from framepick.sources.hwaccel import PROOF_PICTURES, first_proven, is_proven, is_worth_trying
from framepick.sources.index import index_packets
from framepick.sources.random_access import RandomAccessDecoder
from framepick.sources.sequential import Device, SequentialDecoder, TroubleLog
from framepick.sources.track import Track, file_state
from framepick.sources.video import VideoSource
from framepick.types import Frame, FrameRequest
from samples.clipmaker import damage, numbered, write
from tests.conftest import VIEW, frames_of
from tests.representative import representative

COUNT = 90
LATE = 50
"""A packet long after the proof."""


@dataclass
class Played:
    """A decoder in the part of a device; `fault` sees the packet's number and its pictures."""

    context: Any
    fault: Callable[[int, list[av.VideoFrame]], list[av.VideoFrame]]
    number: int = -1

    def decode(self, packet: Any) -> list[av.VideoFrame]:
        self.number += 1
        return self.fault(self.number, self.context.decode(packet))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.context, name)


def _sound(number: int, pictures: list[av.VideoFrame]) -> list[av.VideoFrame]:
    return pictures


def _loses(number: int, pictures: list[av.VideoFrame]) -> list[av.VideoFrame]:
    return [] if number == LATE else pictures


def _doubles(number: int, pictures: list[av.VideoFrame]) -> list[av.VideoFrame]:
    return pictures * 2 if number == LATE else pictures


def _ends_early(number: int, pictures: list[av.VideoFrame]) -> list[av.VideoFrame]:
    return pictures if number < LATE else []


def _raises(number: int, pictures: list[av.VideoFrame]) -> list[av.VideoFrame]:
    if number == LATE:
        raise RuntimeError("the driver is gone")
    return pictures


def _runs_out(number: int, pictures: list[av.VideoFrame]) -> list[av.VideoFrame]:
    if number == LATE:
        raise av.error.FFmpegError(12, "no memory on the device")
    return pictures


def _never_works(number: int, pictures: list[av.VideoFrame]) -> list[av.VideoFrame]:
    raise NotImplementedError


def _changed(picture: av.VideoFrame, size: tuple[int, int], value: int) -> av.VideoFrame:
    pixels = np.full((size[1], size[0], 3), value, np.uint8)
    other = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
    other.pts = picture.pts
    return other


def _shows_grey(number: int, pictures: list[av.VideoFrame]) -> list[av.VideoFrame]:
    if number != PROOF_PICTURES // 2:
        return pictures
    return [_changed(one, (one.width, one.height), 90) for one in pictures]


def _is_larger(number: int, pictures: list[av.VideoFrame]) -> list[av.VideoFrame]:
    return [one.reformat(width=one.width + 16, height=one.height) for one in pictures]


def _shows_grey_late(number: int, pictures: list[av.VideoFrame]) -> list[av.VideoFrame]:
    if number < LATE:
        return pictures
    return [_changed(one, (one.width, one.height), 90) for one in pictures]


def _crashes_at_once(number: int, pictures: list[av.VideoFrame]) -> list[av.VideoFrame]:
    os.kill(os.getpid(), signal.SIGSEGV)
    return pictures


def _crashes(number: int, pictures: list[av.VideoFrame]) -> list[av.VideoFrame]:
    return _crashes_at_once(number, pictures) if number == LATE else pictures


def _hangs(number: int, pictures: list[av.VideoFrame]) -> list[av.VideoFrame]:
    if number == LATE:
        time.sleep(60)
    return pictures


IN_THE_PROOF = {f.__name__[1:]: f for f in (_never_works, _shows_grey, _is_larger)}
LATER = {f.__name__[1:]: f for f in (_loses, _doubles, _ends_early, _raises, _runs_out)}
ENDING = {f.__name__[1:]: f for f in (_crashes_at_once, _crashes, _hangs)}
FAULTS = {"sound": _sound, "shows_grey_late": _shows_grey_late, **IN_THE_PROOF, **LATER, **ENDING}


def played(fault: str, path: str, stream_index: int) -> Opened:
    container, stream, context = open_decoder(path, stream_index, threads=1)
    return Opened(container, stream, Played(context, FAULTS[fault]))  # type: ignore[arg-type]


class _Silent(TroubleLog):
    """Standard error is the test's own here."""

    def __init__(self) -> None:
        pass

    def take(self) -> bool:
        return False


class Stream:
    """A clip and what decodes it, in this process."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        with open_container(self.path) as container:
            stream = stream_at(container, 0)
            [index] = index_packets(container, [stream], lambda: None)
        self.track = Track(self.path, 0, index, 4, file_state(self.path))
        numbers = index.in_display_order(0)
        assert numbers is not None
        self.numbers = numbers

    def device(self, fault: str) -> Device:
        return Device("played", lambda: played(fault, self.path, 0), self.numbers)

    def exact(self, device: Device | None = None) -> SequentialDecoder:
        return SequentialDecoder(self.track, _Silent(), lambda: None, device)

    def requests(self, device: Device | None = None) -> RandomAccessDecoder:
        return RandomAccessDecoder(self.track, _Silent(), lambda: None, device)


def content(picture: av.VideoFrame) -> int:
    return zlib.crc32(picture.to_ndarray(format="rgb24").data)


def shown(pictures: Iterator[Any]) -> list[tuple[int, int]]:
    return [(one.packet_number, content(one.picture)) for one in pictures]


@pytest.fixture
def stream(clip: Path) -> Stream:
    return Stream(clip)


def test_a_sound_device_is_used_to_the_end(stream: Stream) -> None:
    exact = stream.exact(stream.device("sound"))
    assert shown(exact.pictures()) == shown(stream.exact().pictures())
    assert exact.device
    requests = stream.requests(stream.device("sound"))
    assert shown(requests.pictures(stream.numbers[40:60])) == shown(
        stream.requests().pictures(stream.numbers[40:60])
    )
    assert requests.device


@pytest.mark.parametrize("fault", [*IN_THE_PROOF, "sound"])
def test_a_device_is_believed_if_its_first_pictures_are_those_of_software(
    stream: Stream, fault: str
) -> None:
    assert is_proven(stream.device(fault), stream.exact, content) == (fault == "sound")


@pytest.mark.parametrize("fault", LATER)
def test_a_device_that_fails_later_leaves_the_rest_to_software(stream: Stream, fault: str) -> None:
    assert is_proven(stream.device(fault), stream.exact, content)
    exact = stream.exact(stream.device(fault))
    assert shown(exact.pictures()) == shown(stream.exact().pictures())
    assert exact.device is None
    # a second time it is not asked
    assert len(list(exact.pictures())) == COUNT


@pytest.mark.parametrize("fault", [*LATER, "never_works"])
def test_a_device_that_fails_in_parts_leaves_the_rest_to_software(
    stream: Stream, fault: str
) -> None:
    expected = shown(stream.exact().pictures())
    requests = stream.requests(stream.device(fault))
    for part in (slice(0, 20), slice(25, 85), slice(60, 90), slice(3, 7), slice(0, 90, 30)):
        assert shown(requests.pictures(stream.numbers[part])) == expected[part]
    # what comes twice is passed over
    assert requests.device is None or fault == "doubles"
    assert requests.error_count == 0


@pytest.mark.parametrize("name", DEVICES)
def test_a_device_that_cannot_be_opened_is_not_used(stream: Stream, name: str) -> None:
    found = first_proven((name,), stream.track, stream.numbers, stream.exact, content)
    assert found is None or found.name == name
    missing = replace(stream.track, path=stream.path + "x")
    other = first_proven(("vaapi", "vaapi"), missing, stream.numbers, stream.exact, content)
    assert other is None


def _same(frames: list[Frame], others: list[Frame]) -> bool:
    return [(f.moment, f.measures) for f in frames] == [
        (f.moment, f.measures) for f in others
    ] and all(np.array_equal(a.view, b.view) for a, b in zip(frames, others, strict=True))


@pytest.mark.parametrize(
    ("choice", "name"),
    representative(
        [
            *((choice, name) for choice in HWACCELS[2:] for name in ("closed.mp4", "damaged.mp4")),
            ("auto", "closed.mp4"),
            ("cuda", "hevc.mkv"),
            ("cuda", "vp9.webm"),
        ],
        ("auto", "closed.mp4"),
        ("cuda", "damaged.mp4"),
        ("cuda", "hevc.mkv"),
    ),
)
def test_whatever_is_asked_for_the_frames_are_the_same(
    tmp_path: Path, choice: str, name: str
) -> None:
    path, codecs = tmp_path / name, {"hevc": "libx265", "vp9": "libvpx-vp9"}
    write(path, numbered(COUNT), gop=15, codec=codecs.get(name.partition(".")[0], "libx264"))
    if name.startswith("damaged"):
        damage(path, path, seed=3)
    expected = frames_of(path)
    with VideoSource(path, VIEW, hwaccel=choice) as source:
        assert _same(list(source.frames()), expected)
        assert source.device in (None, choice)
    with VideoSource(path, VIEW, hwaccel=choice) as source, VideoSource(path, VIEW) as plain:
        second = FrameRequest(tuple(range(30, 61)))
        assert _same(list(source.frames(second)), list(plain.frames(second)))
        assert source.error_count == plain.error_count


def test_a_hwaccel_without_such_a_name_is_refused(clip: Path) -> None:
    # libav takes a name that it does not know for any device at all
    with pytest.raises(ValueError, match="hwaccel must be one of auto, off, cuda"):
        VideoSource(clip, VIEW, hwaccel="abacus")


def test_only_what_pays_is_tried_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert to_try("off") == ()
    assert to_try("vaapi") == ("vaapi",)
    assert set(to_try("auto")) <= set(DEVICES)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "videotoolbox" in to_try("auto")
    assert is_worth_trying("h264", 108_000, 1920 * 1080, "auto")
    assert not is_worth_trying("h264", 90, 1920 * 1080, "auto")
    assert is_worth_trying("h264", 90, 1920 * 1080, "cuda")
    # its standard leaves bits open
    assert not is_worth_trying("mpeg2video", 108_000, 1920 * 1080, "cuda")


def test_to_look_for_devices_takes_no_time() -> None:
    times = []
    for _ in range(9):
        started = time.perf_counter()
        to_try("auto")
        times.append(time.perf_counter() - started)
    assert sorted(times)[4] < 0.02


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have decoder processes play a device."""

    def start(fault: str) -> None:
        script = (
            f"import sys; sys.path[:0] = [{str(Path(__file__).parents[2])!r}, sys.argv[1]]\n"
            "from functools import partial\n"
            "import tests.sources.test_hwaccel as played\n"
            "from framepick.sources import hwaccel\n"
            "hwaccel.open_on = lambda name, path, stream_index: "
            f"played.played({fault!r}, path, stream_index)\n"
        )
        monkeypatch.setattr(decoder_client, "_START", script + decoder_client._START)

    return start


@pytest.mark.parametrize(
    "fault",
    representative(
        ["sound", *IN_THE_PROOF, *LATER, *ENDING], "sound", "never_works", "raises", *ENDING
    ),
)
def test_a_source_whose_device_fails_gives_the_frames_of_software(
    clip: Path, play: Callable[[str], None], fault: str
) -> None:
    expected = frames_of(clip)
    play(fault)
    stall = 3.0 if fault == "hangs" else 60.0
    with VideoSource(clip, VIEW, stall_seconds=stall, hwaccel="cuda") as source:
        assert _same(list(source.frames()), expected)
        assert source.device == ("cuda" if fault == "sound" else None)
        request = FrameRequest(tuple(range(30, 46)))
        part = [frame.moment.frame_index for frame in source.frames(request)]
        assert part == list(range(30, 46))
        assert source.error_count == 0
        assert len(list(source.stills([frame.moment for frame in expected[::40]]))) == 3


def test_a_decoder_that_is_killed_is_an_error_once_no_device_is_used(
    clip: Path, play: Callable[[str], None]
) -> None:
    play("crashes_at_once")
    with VideoSource(clip, VIEW, hwaccel="cuda") as source:
        frames = source.frames()
        next(frames)
        [process] = psutil.Process().children()
        process.send_signal(signal.SIGKILL)
        with pytest.raises(DecoderError, match="SIGKILL"):
            list(frames)


def test_a_picture_that_only_the_device_shows_is_never_kept(
    clip: Path, play: Callable[[str], None]
) -> None:
    play("shows_grey_late")
    with VideoSource(clip, VIEW, hwaccel="cuda") as source:
        moments = [frame.moment for frame in source.frames()]
        assert source.device == "cuda"
        assert list(source.detail_measures(moments[70:72])) == []
        with pytest.raises(LostFrames) as caught:
            list(source.stills([moments[10], *moments[70:72]]))
    assert caught.value.frame_indices == {70, 71}
