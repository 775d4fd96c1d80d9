"""Which of several video streams is read, and what is told of a stream that needs a display."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import pytest
from av.video.stream import VideoStream

from framepick.errors import SourceError
from framepick.sources.video import VideoSource
from samples.clipmaker import numbered, read_number, write
from tests.conftest import VIEW
from tests.sources.test_upright import with_box


def write_streams(path: Path, *sizes: tuple[int, int]) -> None:
    """Write streams of these sizes; stream n counts from 100 n."""
    with av.open(str(path), "w") as output:
        streams = []
        for width, height in sizes:
            stream = output.add_stream("libx264", rate=25)
            assert isinstance(stream, VideoStream)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            streams.append(stream)
        for number, (stream, size) in enumerate(zip(streams, sizes, strict=True)):
            for pixels in numbered(10, size, first=100 * number):
                output.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            output.mux(stream.encode(None))


@pytest.mark.parametrize("ending", [".mkv", ".mp4", ".ts"])
def test_the_stream_that_is_named_is_read(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"clip{ending}"
    write_streams(path, (320, 180), (640, 360), (480, 270))
    for number, width in enumerate((320, 640, 480)):
        with VideoSource(path, VIEW, stream=number) as source:
            assert source.info.width == width
            assert [one.number for one in source.info.streams] == [0, 1, 2]
            assert [one.width for one in source.info.streams] == [320, 640, 480]
            assert [one.number for one in source.info.streams if one.is_read] == [number]
            moments = [frame.moment for frame in source.frames()]
            still = next(source.stills(moments[4:5]))
            assert read_number(still.pixels) == 100 * number + 4


def test_without_a_name_the_best_stream_is_read(media: Callable[[str], Path]) -> None:
    with VideoSource(media("nasa_13013.mp4"), VIEW) as source:
        assert [(one.number, one.is_read) for one in source.info.streams] == [(0, False), (3, True)]


def test_a_stream_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    write_streams(tmp_path / "clip.mkv", (320, 180), (640, 360))
    with pytest.raises(SourceError, match=r"has no video stream 5; its video streams are 0, 1"):
        VideoSource(tmp_path / "clip.mkv", VIEW, stream=5)


def dolby_vision(profile: int, compatibility: int) -> bytes:
    """Make a `dvcC` box: version 1.0, level 6, a base layer and its metadata."""
    bits = (profile << 9 | 6 << 3 | 0b101).to_bytes(2, "big")
    content = bytes([1, 0]) + bits + bytes([compatibility << 4]) + bytes(19)
    return (8 + len(content)).to_bytes(4, "big") + b"dvcC" + content


@pytest.mark.parametrize(
    ("profile", "compatibility", "expected"), [(5, 0, True), (8, 1, False), (8, 4, False)]
)
def test_dolby_vision_without_a_base_layer_for_other_displays_is_told(
    tmp_path: Path, profile: int, compatibility: int, expected: bool
) -> None:
    path = tmp_path / "clip.mp4"
    write(path, numbered(5), codec="libx265", pix_fmt="yuv420p10le", gop=5, bframes=0)
    with_box(path, b"hev1", dolby_vision(profile, compatibility))
    with VideoSource(path, VIEW) as source:
        assert source.info.needs_dolby_vision is expected
        assert len(list(source.frames())) == 5
