"""Colour and depth of views and stills, on pictures and on videos of every kind of light."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from benchmarks.tone_against_ffmpeg import coded, lifted
from framepick.sources.geometry import Orientation
from framepick.sources.tone import Depth
from framepick.sources.video import VideoSource
from framepick.sources.views import PictureConverter
from framepick.types import FrameRequest, ViewSpec
from samples.clipmaker import BT601, BT709, HLG, PQ, Colour, cover, load, rotation, write
from tests.conftest import VIEW, frames_of

EXACT = Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.FULL_CHR_H_INP
DEPTHS: tuple[Depth, ...] = (8, 16)
COLOURS = {"pq": PQ, "hlg": HLG}


def _picture(pixels: np.ndarray, layout: str = "yuv420p", colour: Colour = BT709) -> av.VideoFrame:
    """Give a picture tagged and converted as `colour` says."""
    extent = 2 if colour.full_range else 1
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    picture = picture.reformat(
        format=layout,
        dst_colorspace=colour.matrix if colour.matrix in (1, 6, 9) else 1,
        dst_color_range=extent,
        interpolation=Interpolation.BICUBIC | EXACT,
    )
    picture.colorspace, picture.color_range = colour.matrix, extent
    picture.color_primaries, picture.color_trc = colour.primaries, colour.transfer
    return picture


def _shaded(levels: list[int], layout: str, full_range: bool, colour: Colour) -> av.VideoFrame:
    """Give a picture of grey stripes, 16 x 16 each, of these luma codes, written by hand."""
    picture = av.VideoFrame(16 * len(levels), 16, layout)
    bits = picture.format.components[0].bits
    kind = np.uint8 if bits == 8 else np.uint16
    for number, plane in enumerate(picture.planes):
        buffer: Any = plane
        lines = np.frombuffer(buffer, kind).reshape(plane.height, -1)
        lines[:] = 1 << (bits - 1)
        if number == 0:
            lines[:, : plane.width] = np.repeat(levels, 16)
    picture.colorspace, picture.color_range = colour.matrix, 2 if full_range else 1
    picture.color_primaries, picture.color_trc = colour.primaries, colour.transfer
    return picture


def _hdr(name: str, transfer: str, size: tuple[int, int] = (320, 180)) -> np.ndarray:
    return coded(lifted(load(name, size), 1000.0), transfer)


def _still(picture: av.VideoFrame, orientation: Orientation = Orientation()) -> np.ndarray:  # noqa: B008
    return PictureConverter(VIEW).still(picture, orientation)


@pytest.mark.parametrize(
    ("primaries", "transfer"), [(1, 1), (2, 2), (5, 6), (6, 6), (7, 7), (1, 13), (0, 0), (99, 99)]
)
def test_standard_pictures_are_converted_bit_for_bit_as_the_scaler_does(
    primaries: int, transfer: int
) -> None:
    picture = _picture(load("coffee", (320, 180)), colour=Colour(1, primaries, transfer))
    expected = {
        method: VideoReformatter().reformat(
            picture,
            width=width,
            height=height,
            format="rgb24",
            src_colorspace=1,
            src_color_range=ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            interpolation=method | EXACT,
            threads=1,
        )
        for method, width, height in (
            (Interpolation.BICUBIC, 320, 180),
            (Interpolation.AREA, 64, 64),
        )
    }
    converter = PictureConverter(VIEW)
    still, view = converter.still(picture), converter.view(picture)
    assert np.array_equal(still, expected[Interpolation.BICUBIC].to_ndarray())
    assert np.array_equal(view, expected[Interpolation.AREA].to_ndarray())


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize(
    "layout", ["yuv420p", "yuv422p10le", "yuv420p10le", "yuv444p12le", "gbrp", "rgb24", "nv12"]
)
@pytest.mark.parametrize("colour", [BT709, HLG, PQ, Colour(1, 12, 1)])
def test_deep_stills_agree_with_the_others_within_a_level(
    layout: str, full_range: bool, colour: Colour
) -> None:
    # an odd size, whose rows the scaler pads
    tags = Colour(colour.matrix, colour.primaries, colour.transfer, full_range)
    picture = _picture(load("astronaut", (321, 179)), layout, tags)
    converter = PictureConverter(VIEW)
    low, deep = converter.still(picture), converter.still(picture, depth=16)
    assert (low.dtype.itemsize, deep.dtype.itemsize, deep.shape) == (1, 2, low.shape)
    # the scaler itself rounds more than 8 bits of full range up by half a level
    most = 1.3 if full_range and "1" in layout[-4:] and colour is BT709 else 1.0
    assert np.abs(deep / 257 - low).max() <= most


@pytest.mark.parametrize("bits", [8, 10, 12])
@pytest.mark.parametrize("full_range", [False, True])
def test_deep_stills_hold_every_step_of_the_video(bits: int, full_range: bool) -> None:
    layout = {8: "yuv444p", 10: "yuv444p10le", 12: "yuv444p12le"}[bits]
    most = (1 << bits) - 1
    black, white = (0, most) if full_range else (16 << (bits - 8), 235 << (bits - 8))
    levels = [black, black + 1, (black + white) // 2, white - 1, white]
    picture = _shaded(levels, layout, full_range, BT709)
    deep = PictureConverter(VIEW).still(picture, depth=16)[8, 8::16, 1]
    expected = [65535 * (level - black) / (white - black) for level in levels]
    assert np.abs(deep - np.array(expected)).max() < 24  # a tenth of a level of 255


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("layout", ["yuv444p10le", "yuv444p12le"])
@pytest.mark.parametrize("transfer", COLOURS)
def test_black_and_white_of_hdr_stay_so_in_either_range(
    transfer: str, layout: str, full_range: bool
) -> None:
    shift = int(layout[-4:-2]) - 8
    most = (1 << (shift + 8)) - 1
    black, white = (0, most) if full_range else (16 << shift, 235 << shift)
    picture = _shaded([black, (black + white) // 2, white], layout, full_range, COLOURS[transfer])
    still = _still(picture)[8, 8::16]
    view = PictureConverter(ViewSpec(48)).view(picture)[24, 8::16]
    assert still[0].tolist() == view[0].tolist() == [0, 0, 0]
    assert still[2].tolist() == view[2].tolist() == [255, 255, 255]
    assert 100 < still[1, 1] < 190  # HLG has 50 cd/m2 there, PQ 92


@pytest.mark.parametrize("transfer", COLOURS)
@pytest.mark.parametrize("name", ["astronaut", "coffee", "landscape"])
def test_hdr_videos_look_like_the_picture_they_were_made_of(
    tmp_path: Path, name: str, transfer: str
) -> None:
    original = load(name, (320, 180)).astype(int)
    coding: dict[str, Any] = {
        "codec": "libx265",
        "pix_fmt": "yuv420p10le",
        "quality": 12,
        "bframes": 0,
    }
    frames = [_hdr(name, transfer)] * 2
    write(tmp_path / "hdr.mp4", frames, colour=COLOURS[transfer], **coding)
    with VideoSource(tmp_path / "hdr.mp4", VIEW) as source:
        [frame] = source.frames(FrameRequest((0,)))
        [still] = source.stills([frame.moment])
    pixels = still.pixels.astype(int)
    darker = original.max(axis=2) < 140  # was not lifted, and lies below the knee
    assert np.abs(pixels - original)[darker].mean() < 5
    assert np.abs(pixels - original).mean() < 15
    assert abs(pixels.std() - original.std()) < 12  # the codes themselves are flat
    squeezed = cover(pixels.astype(np.uint8), (320, 180)).reshape(180, 64, 5, 3).mean(axis=2)
    assert abs(float(frame.view.mean()) - float(squeezed.mean())) < 2


def test_hdr_without_other_tags_counts_as_bt2020() -> None:
    pixels = load("coffee", (320, 180))
    tagged = _picture(_hdr("coffee", "pq"), "yuv420p10le", PQ)
    bare = _picture(_hdr("coffee", "pq"), "yuv420p10le", PQ)
    bare.colorspace = bare.color_primaries = 2
    assert np.array_equal(_still(bare), _still(tagged))
    assert np.abs(_still(bare).astype(int) - pixels).mean() < 15


def _made_small(still: np.ndarray) -> np.ndarray:
    height, width, _ = still.shape
    factor = 640 / max(height, width)
    return cv2.resize(
        still, (round(width * factor), round(height * factor)), interpolation=cv2.INTER_AREA
    )


@pytest.mark.parametrize("layout", ["yuv420p", "yuv422p10le", "nv12", "rgb24", "gbrp"])
@pytest.mark.parametrize("lines", [1080, 540])
def test_small_pictures_have_the_colours_of_stills(layout: str, lines: int) -> None:
    pixels = cover(load("coffee"), (lines * 16 // 9, lines))
    picture = _picture(pixels, layout, BT709)
    if layout.startswith(("yuv", "nv")):
        picture.colorspace = 2 if lines >= 720 else 1  # untagged, it goes by its lines
    convert = PictureConverter(VIEW)
    small = convert.small(convert.shrunk(picture))
    assert small.shape == (360, 640, 3)
    still = _made_small(convert.still(picture))
    assert np.abs(small.astype(int) - still).mean() < 2
    assert np.abs(small.astype(int).mean(axis=(0, 1)) - still.mean(axis=(0, 1))).max() < 1


def test_small_pictures_of_hdr_are_toned_and_turned() -> None:
    picture = _picture(_hdr("coffee", "pq", (1280, 720)), "yuv420p10le", PQ)
    convert, turn = PictureConverter(VIEW), Orientation(quarter_turns=1)
    small = convert.small(convert.shrunk(picture, turn), turn)
    assert small.shape == (640, 360, 3)
    assert np.abs(small.astype(int) - _made_small(convert.still(picture, turn))).mean() < 2


def test_wide_colour_is_narrowed_in_views_and_stills() -> None:
    red = np.full((90, 160, 3), (234, 51, 35), np.uint8)  # the red of sRGB, in Display P3
    for layout in ("yuv444p", "yuv420p10le"):
        picture = _picture(red, layout, Colour(1, 12, 1))
        for pixels in (_still(picture), PictureConverter(VIEW).view(picture)):
            assert np.abs(pixels.reshape(-1, 3).mean(axis=0) - (254, 1, 1)).max() < 4


@pytest.mark.parametrize("size", [(33, 17), (1, 1), (2, 64), (641, 3)])
@pytest.mark.parametrize("transfer", COLOURS)
def test_hdr_of_any_size_is_toned(transfer: str, size: tuple[int, int]) -> None:
    grey = np.full((size[1], size[0], 3), 97, np.uint8)  # code 0.38
    picture = _picture(grey, "yuv444p10le", COLOURS[transfer])
    for depth in DEPTHS:
        still = PictureConverter(VIEW).still(picture, depth=depth)
        assert still.shape == (size[1], size[0], 3)
        assert still.mean() / (257 if depth == 16 else 1) == pytest.approx(100, abs=5)


def test_hdr_is_turned_and_stretched_as_other_pictures_are(tmp_path: Path) -> None:
    upright = _hdr("patches", "hlg")
    stored = np.ascontiguousarray(np.rot90(upright))
    coding: dict[str, Any] = {
        "codec": "libx265",
        "pix_fmt": "yuv420p10le",
        "quality": 12,
        "bframes": 0,
    }
    coding |= {"colour": HLG, "sar": Fraction(4, 3)}
    write(tmp_path / "turned.mp4", [stored] * 2, display_matrix=rotation(90), **coding)
    with VideoSource(tmp_path / "turned.mp4", VIEW) as source:
        [frame] = source.frames(FrameRequest((0,)))
        [still] = source.stills([frame.moment])
    expected = _still(_picture(upright, "yuv420p10le", HLG))
    expected = cover(np.asarray(expected, np.uint8), (320, 180))
    assert still.pixels.shape == (240, 320, 3)
    shown = still.pixels[20::40, 27::53].astype(int)
    rows = (np.arange(20, 240, 40) * 3) // 4
    assert np.abs(shown - expected[rows][:, 27::53]).mean() < 8


@pytest.mark.parametrize("colour", [BT709, BT601, HLG])
def test_turning_gives_an_array_that_can_be_sent(colour: Colour) -> None:
    picture = _picture(load("coffee", (321, 179)), "yuv444p", colour)
    for depth in DEPTHS:
        for turned in (Orientation(), Orientation(1, True)):
            still = PictureConverter(VIEW).still(picture, turned, depth)
            assert still.data.cast("B").nbytes == still.nbytes == 321 * 179 * 3 * depth // 8


def test_frames_of_hdr_are_the_same_each_time(tmp_path: Path) -> None:
    frames = [_hdr(name, "hlg") for name in ("astronaut", "coffee")]
    write(
        tmp_path / "hdr.mp4", frames, colour=HLG, codec="libx265", pix_fmt="yuv420p10le", bframes=0
    )
    first, again = (frames_of(tmp_path / "hdr.mp4") for _ in range(2))
    assert all(np.array_equal(a.view, b.view) for a, b in zip(first, again, strict=True))
