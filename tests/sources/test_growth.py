"""Files that are still being written, or are replaced, while they are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from framepick.errors import SourceError
from framepick.sources.video import VideoSource
from framepick.types import FrameRequest
from samples.clipmaker import numbered, read_number, write
from tests.conftest import VIEW

COUNT = 90


def _fragmented(source: Path, path: Path) -> None:
    """Copy a video into an MP4 file of one fragment for each key frame."""
    options = {"movflags": "frag_keyframe+empty_moov"}
    with av.open(str(source)) as old, av.open(str(path), "w", options=options) as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(video=0):
            if packet.size:
                packet.stream = stream
                new.mux(packet)


@pytest.fixture(params=["live.mkv", "live.ts", "fragmented.mp4"])
def grow(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Callable[[], None]]:
    """Give the first part of a video, and what writes the rest."""
    path, whole = tmp_path / request.param, tmp_path / f"whole{Path(request.param).suffix}"
    if whole.suffix == ".mp4":
        write(tmp_path / "plain.mp4", numbered(COUNT), gop=15, bframes=0)
        _fragmented(tmp_path / "plain.mp4", whole)
    else:
        write(whole, numbered(COUNT), gop=15, bframes=0)
    data = whole.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])  # in the middle of a frame
    return path, lambda: path.write_bytes(data) and None


def _seen(source: VideoSource) -> int:
    assert source.timeline is not None
    count = len(source.timeline)
    assert 20 < count < 70
    return count


def test_a_file_that_grows_gives_the_frames_that_were_there_at_the_start(
    grow: tuple[Path, Callable[[], None]],
) -> None:
    path, write_rest = grow
    with VideoSource(path, VIEW) as source:
        count = _seen(source)
        write_rest()
        frames = list(source.frames())
        moments = [frame.moment for frame in frames]
        stills = list(source.stills(moments[::7]))
        seen = list(source.detail_measures(moments[::7]))
    assert [moment.frame_index for moment in moments] == list(range(count))
    assert [read_number(still.pixels) for still in stills] == list(range(0, count, 7))
    assert [one.moment for one in seen] == moments[::7]


def test_some_frames_of_a_file_that_grows_are_those_of_the_start(
    grow: tuple[Path, Callable[[], None]],
) -> None:
    path, write_rest = grow
    with VideoSource(path, VIEW) as source:
        wanted = list(range(2, _seen(source), 4))
        write_rest()
        frames = list(source.frames(FrameRequest(tuple(wanted))))
    numbers = [read_number(np.repeat(frame.view, 4, axis=1)) for frame in frames]
    assert numbers == [frame.moment.frame_index for frame in frames] == wanted


def test_a_second_decoder_does_not_believe_a_file_that_grew(
    grow: tuple[Path, Callable[[], None]],
) -> None:
    path, write_rest = grow
    with VideoSource(path, VIEW) as source:
        count = _seen(source)
        frames = source.frames()
        first = next(frames).moment
        write_rest()
        with pytest.raises(SourceError, match="changed while it was read"):
            list(source.stills([first]))
        assert len(list(frames)) == count - 1


@pytest.mark.parametrize("request_", [FrameRequest(), FrameRequest((5, 80))])
def test_a_file_that_is_written_anew_and_shorter_is_refused(
    tmp_path: Path, request_: FrameRequest
) -> None:
    path = tmp_path / "clip.mkv"
    write(path, numbered(COUNT), gop=15, bframes=0)
    with VideoSource(path, VIEW) as source:
        write(path, numbered(COUNT // 2, first=20), gop=15, bframes=0)
        with pytest.raises(SourceError, match="changed while it was read"):
            list(source.frames(request_))
