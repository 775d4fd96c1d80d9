"""Photos of all kinds, read as people see them, or refused in one line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms

from framepick.errors import SourceError
from framepick.sources.capture import Capture
from framepick.sources.photos import load_photo, read_photo
from framepick.sources.views import resize_view
from framepick.types import ViewSpec
from samples.clipmaker import load, write
from tests.conftest import VIEW, frames_of
from tests.sources.made_photos import write_dng, write_heic


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """Give a photograph with a different colour in each corner, 90 x 60."""
    pixels = load("coffee", (90, 60)).copy()
    pixels[:20, :20] = (250, 10, 10)
    pixels[-20:, :20] = (10, 10, 250)
    return pixels


def test_a_photo_and_a_frame_of_the_same_picture_give_the_same_view(tmp_path: Path) -> None:
    pixels = load("chelsea", (640, 360))
    write(tmp_path / "one.mp4", [pixels] * 2, quality=2)
    of_video = frames_of(tmp_path / "one.mp4")[0].view.astype(int)
    of_photo = resize_view(pixels, VIEW).astype(int)
    assert abs((of_video - of_photo).mean()) < 0.2
    assert np.abs(of_video - of_photo).mean() < 1.2


def test_a_view_is_the_mean_over_each_of_its_pixels() -> None:
    pixels = load("astronaut", (512, 256))
    means = pixels.reshape(64, 4, 64, 8, 3).mean(axis=(1, 3))
    assert np.abs(resize_view(pixels, ViewSpec(64)) - means).max() <= 2


@pytest.mark.parametrize("tag", range(1, 9))
def test_exif_orientation_is_applied(tmp_path: Path, picture: np.ndarray, tag: int) -> None:
    back = {
        1: picture,
        2: picture[:, ::-1],
        3: picture[::-1, ::-1],
        4: picture[::-1],
        5: picture.transpose(1, 0, 2),
        6: np.rot90(picture, 1),
        7: np.rot90(picture.transpose(1, 0, 2), 2),
        8: np.rot90(picture, -1),
    }
    exif = Image.Exif()
    exif[0x0112] = tag
    stored = Image.fromarray(np.ascontiguousarray(back[tag]))
    stored.save(tmp_path / "turned.png", exif=exif)
    assert np.array_equal(load_photo(tmp_path / "turned.png"), picture)


def _grey16(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(pixels[:, :, 0].astype(np.uint16) * 257)


MODES: dict[str, Callable[[np.ndarray], Image.Image]] = {
    "rgb.jpg": Image.fromarray,
    "grey.png": lambda pixels: Image.fromarray(pixels).convert("L"),
    "grey16.png": _grey16,
    "grey16.tiff": _grey16,
    "cmyk.jpg": lambda pixels: Image.fromarray(pixels).convert("CMYK"),
    "palette.gif": lambda pixels: Image.fromarray(pixels).convert("P"),
    "bilevel.png": lambda pixels: Image.fromarray(pixels).convert("1"),
    "alpha.webp": lambda pixels: Image.fromarray(pixels).convert("RGBA"),
}


@pytest.mark.parametrize("name", MODES)
def test_every_kind_of_picture_becomes_rgb(tmp_path: Path, picture: np.ndarray, name: str) -> None:
    MODES[name](picture).save(tmp_path / name)
    pixels = load_photo(tmp_path / name)
    assert pixels.shape == picture.shape
    assert pixels.dtype == np.uint8
    grey = name.startswith(("grey", "bilevel"))
    expected = picture[:, :, :1] if name.startswith("grey16") else picture
    if not grey or name.startswith("grey16"):
        assert np.abs(pixels.mean(axis=(0, 1)) - expected.mean(axis=(0, 1))).max() < 12


def test_deep_grey_is_not_cut_to_white(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    Image.fromarray(ramp).save(tmp_path / "ramp.png")
    pixels = load_photo(tmp_path / "ramp.png")
    assert pixels.min() == 0
    assert pixels.max() == 255
    assert 120 < pixels.mean() < 135


def test_see_through_pictures_lie_on_white(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert load_photo(tmp_path / "clear.png").min() == 255


def test_broken_photos_are_refused_in_one_line(tmp_path: Path, picture: np.ndarray) -> None:
    Image.fromarray(picture).save(tmp_path / "whole.jpg")
    data = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(data[: len(data) // 2])
    (tmp_path / "text.jpg").write_text("not a picture")
    (tmp_path / "empty.png").touch()
    (tmp_path / "folder.jpg").mkdir()
    for name in ("cut.jpg", "text.jpg", "empty.png", "folder.jpg", "missing.jpg"):
        with pytest.raises(SourceError) as caught:
            load_photo(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_picture_made_to_fill_memory_is_refused(tmp_path: Path) -> None:
    Image.new("1", (40_000, 20_000)).save(tmp_path / "bomb.png")
    with pytest.raises(SourceError, match="too many pixels"):
        load_photo(tmp_path / "bomb.png")


@pytest.mark.parametrize(
    ("name", "way_out"),
    [
        ("a.CR2", "export it as JPEG or TIFF"),
        ("a.dng", "export it as JPEG or TIFF"),
        ("a.jxl", "export JPEG XL"),
        ("a.HEIC", "export HEIC"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_way_out(
    tmp_path: Path, picture: np.ndarray, name: str, way_out: str
) -> None:
    if name.endswith("dng"):
        write_dng(tmp_path / name, None)
    elif name.endswith("CR2"):
        Image.fromarray(picture).save(tmp_path / name, "TIFF")  # what opens would be a thumbnail
    else:
        (tmp_path / name).write_bytes(b"\xff\x0a nothing that Pillow knows")
    with pytest.raises(SourceError, match=way_out) as caught:
        load_photo(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: ")


def test_a_raw_photo_is_read_through_its_preview(tmp_path: Path, picture: np.ndarray) -> None:
    write_dng(tmp_path / "a.dng", picture, "2024:05:01 10:20:30")
    photo = read_photo(tmp_path / "a.dng")
    assert np.abs(photo.pixels.astype(int) - picture).mean() < 4
    assert photo.capture == Capture(datetime(2024, 5, 1, 10, 20, 30, 250_000), "Made Raw")


@pytest.mark.parametrize("turn", [3, 6, 8])
def test_a_raw_photo_stands_as_the_camera_was_held(
    tmp_path: Path, picture: np.ndarray, turn: int
) -> None:
    write_dng(tmp_path / "a.dng", picture, turn=turn)
    upright = np.rot90(picture, {3: 2, 6: 3, 8: 1}[turn])
    pixels = load_photo(tmp_path / "a.dng")
    assert pixels.shape == upright.shape
    assert np.abs(pixels.astype(int) - upright).mean() < 4


def test_heic_is_read(tmp_path: Path) -> None:
    picture = load("chelsea", (128, 96))
    write_heic(tmp_path / "a.heic", picture)
    assert np.abs(load_photo(tmp_path / "a.heic").astype(int) - picture).mean() < 6


def test_avif_is_read(tmp_path: Path, picture: np.ndarray) -> None:
    Image.fromarray(picture).save(tmp_path / "a.avif", quality=90)
    assert np.abs(load_photo(tmp_path / "a.avif").astype(int) - picture).mean() < 6


def test_wide_colour_is_converted_to_srgb(tmp_path: Path) -> None:
    """A profile with red and blue exchanged: whoever ignores it sees the wrong colour."""
    red = Image.new("RGB", (16, 16), (200, 30, 30))
    profile = swapped_profile()
    red.save(tmp_path / "swapped.png", icc_profile=profile)
    red.save(tmp_path / "damaged.png", icc_profile=profile[:200])
    converted = load_photo(tmp_path / "swapped.png")[0, 0].astype(int)
    assert converted[2] > converted[0] + 60
    assert load_photo(tmp_path / "damaged.png")[0, 0].tolist() == [200, 30, 30]


def swapped_profile() -> bytes:
    """sRGB with the places of its red and its blue primary exchanged."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return (
        profile.replace(b"rXYZ", b"tmp ")
        .replace(b"bXYZ", b"rXYZ")
        .replace(b"tmp ", b"bXYZ")
        .replace(b"s\0R\0G\0B", b"o\0t\0h\0e")
    )


def exif(**tags: str) -> Image.Exif:
    """EXIF with tags of the capture, by name."""
    made = Image.Exif()
    details = made.get_ifd(ExifTags.IFD.Exif)
    for name, value in tags.items():
        (made if name in ("Make", "Model") else details)[ExifTags.Base[name]] = value
    return made


CAPTURES = {
    "to the fraction of a second": (
        exif(DateTimeOriginal="2024:05:01 10:20:30", SubsecTimeOriginal="07"),
        Capture(datetime(2024, 5, 1, 10, 20, 30, 70_000)),
    ),
    "with its time zone": (
        exif(DateTimeOriginal="2024:05:01 10:20:30", OffsetTimeOriginal="-03:30"),
        Capture(datetime(2024, 5, 1, 10, 20, 30, tzinfo=timezone(timedelta(hours=-3.5)))),
    ),
    "when it was scanned": (
        exif(DateTimeDigitized="2024:05:01 10:20:30"),
        Capture(datetime(2024, 5, 1, 10, 20, 30)),
    ),
    "with what": (
        exif(Make="Canon\0", Model=" EOS 5D ", BodySerialNumber="123"),
        Capture(None, "Canon EOS 5D 123"),
    ),
    "unknown, where it is malformed": (
        exif(DateTimeOriginal="0000:00:00 00:00:00", SubsecTimeOriginal="x"),
        Capture(),
    ),
}


@pytest.mark.parametrize("name", CAPTURES)
def test_a_photo_tells_when_it_was_taken(tmp_path: Path, picture: np.ndarray, name: str) -> None:
    made, expected = CAPTURES[name]
    Image.fromarray(picture).save(tmp_path / "a.jpg", exif=made)
    assert read_photo(tmp_path / "a.jpg").capture == expected


def test_the_difference_of_two_captures_counts_their_time_zones() -> None:
    early = Capture(datetime(2024, 5, 1, 10, tzinfo=timezone(timedelta(hours=2))))
    late = Capture(datetime(2024, 5, 1, 8, tzinfo=UTC))
    assert early.seconds == late.seconds
    assert Capture().seconds is None
