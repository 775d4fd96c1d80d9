"""How pictures stand: cropped by their container, shaped and turned as each of them says."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.bitstream import BitStreamFilterContext

from framepick.sources.geometry import Crop
from framepick.sources.stream_facts import stream_facts
from framepick.sources.video import VideoSource
from framepick.types import Still
from samples.clipmaker import BT601, BT709, Colour, numbered, read_number, write
from tests.conftest import VIEW, frames_of
from tests.sources.test_containers import write_part

WIDE, NARROW = Fraction(64, 45), Fraction(16, 15)


def stills_of(path: Path) -> list[Still]:
    with VideoSource(path, VIEW) as source:
        moments = [frame.moment for frame in source.frames()]
        found = {still.moment.frame_index: still for still in source.stills(moments)}
    return [found[moment.frame_index] for moment in moments]


def sizes_of(path: Path) -> list[tuple[int, int]]:
    return [still.pixels.shape[1::-1] for still in stills_of(path)]


def joined(path: Path, *parts: Path) -> None:
    path.write_bytes(b"".join(part.read_bytes() for part in parts))


def parts_of(tmp_path: Path, ending: str, codec: str, sars: tuple[Fraction, ...]) -> list[Path]:
    parts = []
    for number, sar in enumerate(sars):
        part = tmp_path / f"{number}{ending}"
        frames = numbered(25, (720, 576), first=25 * number)
        pts = range(25 * number, 25 * number + 25)
        write(part, frames, rate=25, pts=pts, codec=codec, gop=25, bframes=0, sar=sar)
        parts.append(part)
    return parts


@pytest.mark.parametrize(
    ("ending", "codec"),
    [(".ts", "libx264"), (".ts", "mpeg2video"), (".m2v", "mpeg2video"), (".ts", "libx265")],
)
def test_pixels_that_change_their_shape_on_the_way_are_followed(
    tmp_path: Path, ending: str, codec: str
) -> None:
    path = tmp_path / f"joined{ending}"
    joined(path, *parts_of(tmp_path, ending, codec, (NARROW, WIDE, NARROW)))
    assert sizes_of(path) == [(768, 576)] * 25 + [(1024, 576)] * 25 + [(768, 576)] * 25


def test_the_reported_broadcast_turns_wide(media: Callable[[str], Path]) -> None:
    sizes = sizes_of(media("reported/sarchange_h264.ts"))
    assert sizes == [(768, 576)] * 75 + [(1024, 576)] * 75


def test_a_shape_that_the_container_declares_holds_for_the_whole_track(tmp_path: Path) -> None:
    joined(tmp_path / "a.ts", *parts_of(tmp_path, ".ts", "libx264", (NARROW, WIDE)))
    with (
        av.open(str(tmp_path / "a.ts")) as source,
        av.open(str(tmp_path / "a.mkv"), "w") as target,
    ):
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    assert set(sizes_of(tmp_path / "a.mkv")) == {(768, 576)}


def test_a_rotation_that_changes_on_the_way_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "camera.mjpg"
    turns = (1, 6, 6, 3, 1, 8)  # as EXIF counts: upright, quarter turns, upside down
    upright = {1: 0, 6: 1, 3: 2, 8: 3}
    with path.open("wb") as file:
        for pixels, turn in zip(numbered(6, (320, 320)), turns, strict=True):
            write_part(file, np.rot90(pixels, upright[turn]), {0x0112: turn})
    assert [read_number(still.pixels) for still in stills_of(path)] == list(range(6))


def test_a_rotation_that_key_frames_tell_holds_for_the_frames_between(tmp_path: Path) -> None:
    frames = (np.rot90(frame, 3) for frame in numbered(10))
    write(tmp_path / "plain.h264", frames, gop=10, bframes=0)
    with av.open(str(tmp_path / "plain.h264")) as source:
        stream = source.streams.video[0]
        turn = BitStreamFilterContext("h264_metadata=display_orientation=insert:rotate=90", stream)
        packets = [p for packet in source.demux(stream) for p in turn.filter(packet)]
    path = tmp_path / "turned.h264"
    path.write_bytes(b"".join(bytes(packet) for packet in packets))
    assert [read_number(still.pixels) for still in stills_of(path)] == list(range(10))


def test_colour_tags_that_change_on_the_way_are_followed(tmp_path: Path) -> None:
    def card(colour: Colour) -> Iterator[np.ndarray]:
        return (np.full((180, 320, 3), (200, 40, 60), np.uint8) for _ in range(10))

    full = Colour(full_range=True)
    for number, colour in enumerate((BT709, BT601, full)):
        pts = range(10 * number, 10 * number + 10)
        part = tmp_path / f"{number}.ts"
        write(part, card(colour), pts=pts, gop=10, bframes=0, colour=colour, quality=4)
    joined(tmp_path / "joined.ts", *(tmp_path / f"{n}.ts" for n in range(3)))
    for still in stills_of(tmp_path / "joined.ts"):
        assert np.abs(still.pixels.mean(axis=(0, 1)) - (200, 40, 60)).max() < 3


def with_box(path: Path, entry: bytes, box: bytes) -> None:
    """Put `box` at the end of the sample entry `entry` of an MP4 file whose index comes last."""
    data = bytearray(path.read_bytes())
    place = data.rindex(entry) - 4
    end = place + struct.unpack_from(">I", data, place)[0]
    data[end:end] = box
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", entry):
        start = data.rindex(name) - 4 if name != b"moov" else data.index(name) - 4
        struct.pack_into(">I", data, start, struct.unpack_from(">I", data, start)[0] + len(box))
    path.write_bytes(data)


def clean_aperture(width: int, height: int, right: int, down: int) -> bytes:
    """Make a `clap` box: a size, and how far its centre lies from that of the picture."""
    numbers = (width, 1, height, 1, right, 1, down, 1)
    return struct.pack(">I4s4I4i", 40, b"clap", *numbers)


CROPS = {
    # width, height, offset of the centre: crop
    "letterbox": ((320, 140, 0, 0), Crop(0, 0, 20, 20)),
    "pillarbox": ((240, 180, 0, 0), Crop(40, 40, 0, 0)),
    "uneven": ((300, 140, -6, 10), Crop(4, 16, 30, 10)),
}


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
@pytest.mark.parametrize("name", CROPS)
def test_what_the_container_crops_is_not_shown(tmp_path: Path, name: str, ending: str) -> None:
    aperture, crop = CROPS[name]
    plain, path = tmp_path / "plain.mp4", tmp_path / "cropped.mp4"
    write(plain, numbered(5), gop=5, bframes=0)
    path.write_bytes(plain.read_bytes())
    with_box(path, b"avc1", clean_aperture(*aperture))
    if ending == ".mkv":
        path = in_matroska(path)
    whole = stills_of(plain)[2].pixels
    expected = crop.cut(whole)
    shown = stills_of(path)[2].pixels
    assert shown.shape == expected.shape
    assert np.abs(shown.astype(int) - expected).mean() < 1  # chroma differs along the edges
    with VideoSource(path, VIEW) as source:
        assert (source.info.width, source.info.height) == expected.shape[1::-1]


def in_matroska(path: Path) -> Path:
    target_path = path.with_suffix(".mkv")
    with av.open(str(path)) as source, av.open(str(target_path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    return target_path


def test_the_view_is_that_of_the_cropped_picture(tmp_path: Path) -> None:
    bars = np.zeros((180, 320, 3), np.uint8)
    bars[20:160] = 128
    path = tmp_path / "bars.mp4"
    write(path, [bars] * 3, gop=3, bframes=0)
    with_box(path, b"avc1", clean_aperture(320, 140, 0, 0))
    assert frames_of(path)[1].view.min() > 100


@pytest.mark.parametrize("name", ["crop.mkv", "clap.mp4"])
def test_the_reported_crops_are_followed(media: Callable[[str], Path], name: str) -> None:
    assert set(sizes_of(media(f"reported/{name}"))) == {(320, 140)}


@pytest.mark.parametrize(
    ("profile", "compatibility", "expected"),
    [(5, 0, True), (10, 0, True), (8, 1, False), (8, 4, False), (7, 6, False)],
)
def test_dolby_vision_without_a_compatible_base_layer_is_known(
    profile: int, compatibility: int, expected: bool
) -> None:
    text = (
        "Input #0, mov, from '':\n"
        "  Stream #0:0(und): Audio: aac\n"
        "  Stream #0:1(und): Video: hevc (Main 10)\n"
        "    Side data:\n"
        f"      DOVI configuration record: version: 1.0, profile: {profile}, level: 6, "
        f"rpu flag: 1, el flag: 0, bl flag: 1, compatibility id: {compatibility}, compression: 0\n"
    )
    assert stream_facts(text, 1).needs_dolby_vision is expected
    assert stream_facts(text, 0).needs_dolby_vision is False
