"""Which files are opened: local containers and the videos inside photos, and nothing else."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
import numpy as np
import pytest
from PIL import Image

from framepick.errors import SourceError
from framepick.sources.video import VideoSource
from samples.clipmaker import Pixels, numbered, read_number, write
from tests.conftest import VIEW, frames_of


def numbers_of(path: Path) -> list[int]:
    with VideoSource(path, VIEW) as source:
        moments = [frame.moment for frame in source.frames()]
        found = {s.moment.frame_index: read_number(s.pixels) for s in source.stills(moments)}
    return [found[moment.frame_index] for moment in moments]


def photo(path: Path, size: tuple[int, int] = (320, 240)) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    Image.fromarray(noise).save(path)
    return path.read_bytes()


def camera(path: Path, frames: Iterable[Pixels], tags: dict[int, Any]) -> None:
    """Write what a network camera sends: JPEG pictures with EXIF data as a multipart message."""
    with path.open("wb") as file:
        for frame in frames:
            write_part(file, frame, tags)


def write_part(file: BinaryIO, frame: Pixels, tags: dict[int, Any]) -> None:
    exif, picture = Image.Exif(), io.BytesIO()
    exif.update(tags)
    Image.fromarray(frame).save(picture, "JPEG", exif=exif, quality=95)
    head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {picture.tell()}"
    file.write(head.encode() + b"\r\n\r\n" + picture.getvalue() + b"\r\n")


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


CONTAINERS = {
    "clip.apng": {"codec": "apng", "pix_fmt": "rgb24"},
    "clip.gif": {"codec": "gif", "pix_fmt": "rgb8", "rate": 10},
    "clip.gxf": {"codec": "mpeg2video", "rate": 25},
    "clip.mpjpeg": {"codec": "mjpeg", "pix_fmt": "yuvj420p", "container": "mpjpeg"},
    "clip.m2v": {"codec": "mpeg2video", "rate": 25},
    "clip.nut": {"codec": "ffv1"},
    "clip.mxf": {"codec": "mpeg2video", "rate": 25},
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_local_containers_of_many_kinds_are_read(tmp_path: Path, name: str) -> None:
    size = (720, 576) if name.endswith("gxf") else (320, 180)
    write(tmp_path / name, numbered(12, size), gop=1, **CONTAINERS[name])  # type: ignore[arg-type]
    if name.endswith("gxf"):  # its last pictures are lost by those who write it
        assert numbers_of(tmp_path / name)[:8] == list(range(8))
    else:
        assert numbers_of(tmp_path / name) == list(range(12))


@pytest.mark.parametrize(
    ("name", "count"),
    [("mpjpeg_webcam.mjpg", 1), ("small.gxf", 8), ("small.apng", 6), ("PXL_motion.MP.jpg", 150)],
)
def test_reported_containers_are_read(media: Callable[[str], Path], name: str, count: int) -> None:
    assert len(frames_of(media(f"reported/{name}"))) == count


def test_an_animated_avif_is_read(tmp_path: Path) -> None:
    frames = [Image.fromarray(frame) for frame in numbered(5)]
    path = tmp_path / "clip.avif"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)
    assert numbers_of(path) == list(range(5))


def test_the_video_of_a_motion_photo_is_read(tmp_path: Path, clip: Path) -> None:
    tail = b"SEFH" + bytes(20)  # as some phones end such a file
    path = tmp_path / "odd, name:|.MP.jpg"
    path.write_bytes(photo(tmp_path / "still.jpg") + clip.read_bytes() + tail)
    assert numbers_of(path) == list(range(90))


def test_the_video_in_a_heic_motion_photo_is_read(tmp_path: Path, clip: Path) -> None:
    path = tmp_path / "photo.heic"
    head = box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"mdat", bytes(5000))
    path.write_bytes(head + box(b"mpvd", clip.read_bytes()))
    assert numbers_of(path) == list(range(90))


def test_a_photo_that_only_mentions_a_video_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo(path) + b"\0\0\0\x20ftypisom" + bytes(64))
    with pytest.raises(SourceError, match="is not a video"):
        VideoSource(path, VIEW)


def test_a_motion_photo_cannot_lead_to_another_file(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(clip.read_bytes())
    for script in (b"ffconcat version 1.0\nfile clip.mp4\n", b"#EXTM3U\n#EXTINF:1,\nclip.mp4\n"):
        path = tmp_path / "photo.jpg"
        path.write_bytes(photo(tmp_path / "still.jpg") + script)
        with pytest.raises(SourceError, match="is not a video"):
            VideoSource(path, VIEW)


def test_what_is_not_read_is_answered_with_the_formats_that_are(tmp_path: Path) -> None:
    frames = [Image.fromarray(frame) for frame in numbered(3)]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:], duration=100)
    with pytest.raises(SourceError, match=r"is not a video.*MP4, MOV, MKV.*are read"):
        VideoSource(tmp_path / "a.webp", VIEW)


@pytest.mark.parametrize("name", ["https://example.invalid/x.mp4", "rtsp://camera/1", "S3://b/x"])
def test_network_addresses_are_told_from_missing_files(name: str) -> None:
    for given in (name, Path(name)):
        with pytest.raises(SourceError, match=r"network addresses are not read; download"):
            VideoSource(given, VIEW)


def test_a_pipe_by_its_usual_name_is_told_from_a_missing_file() -> None:
    with pytest.raises(SourceError, match="standard input is not read"):
        VideoSource(Path("-"), VIEW)


def test_side_data_of_unknown_kinds_does_no_harm(
    media: Callable[[str], Path], tmp_path: Path
) -> None:
    assert len(frames_of(media("reported/mvhevc.mov"))) == 5
    # EXIF data reach pictures as side data of a kind that the decoder's binding does not know
    path = tmp_path / "camera.mjpg"
    camera(path, numbered(3), {0x010E: "a camera"})
    assert numbers_of(path) == [0, 1, 2]


def test_rotation_is_followed_beside_side_data_of_unknown_kinds(tmp_path: Path) -> None:
    path = tmp_path / "camera.mjpg"
    camera(path, (np.rot90(frame) for frame in numbered(3)), {0x0112: 6})  # a quarter turn
    with av.open(str(path)) as container:
        assert {picture.rotation for picture in container.decode(video=0)} == {-90}
    assert numbers_of(path) == [0, 1, 2]


def test_frames_of_a_photo_animation_keep_their_times(tmp_path: Path) -> None:
    write(tmp_path / "a.apng", numbered(5), rate=Fraction(10), codec="apng", pix_fmt="rgb24")
    times = [frame.moment.time_seconds for frame in frames_of(tmp_path / "a.apng")]
    assert times == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])


@pytest.mark.parametrize(("height", "rate"), [(576, Fraction(25)), (480, Fraction(30000, 1001))])
def test_the_rate_counts_frames_where_time_stamps_count_fields(
    tmp_path: Path, height: int, rate: Fraction
) -> None:
    write(tmp_path / "a.gxf", numbered(12, (720, height)), rate=rate, codec="mpeg2video", gop=1)
    with VideoSource(tmp_path / "a.gxf", VIEW) as source:
        assert source.info.frame_rate == rate
        assert [stream.frame_rate for stream in source.info.streams] == [rate]
