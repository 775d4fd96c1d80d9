"""Stills as files: every format read back, to the last bit where it is lossless."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from framepick.config import ImageFormat, OutputConfig
from framepick.errors import OutputError
from framepick.outputs.stills.icc import srgb_profile
from framepick.outputs.stills.saving import check_size, save_still
from framepick.types import DeepPixels, Pixels, Still
from tests.kept import deep_picture, notes_at, picture

FORMATS: list[ImageFormat] = ["jpeg", "png", "webp", "tiff", "avif"]
DEEP: list[ImageFormat] = ["png", "tiff"]
NOTES = notes_at(recorded_at="2024-05-01T10:20:30Z", location="+48.5216+009.0576/")
PROFILE = "26e5446e7fc4f97f98e0c9275664273d8b5b6a5b132476f5c821f5ea0ece70b8"


def saved(
    folder: Path,
    image: ImageFormat,
    pixels: Pixels | DeepPixels,
    depth: Literal[8, 16] = 8,
    quality: int = 95,
) -> Path:
    path = folder / f"{image}-{depth}-{quality}"
    rules = OutputConfig(image=image, depth=depth, quality=quality)
    save_still(Still(pixels, NOTES.moment), path, rules, NOTES)
    return path


def by_pillow(path: Path) -> Pixels:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def by_opencv(path: Path) -> DeepPixels:
    array = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert array is not None
    return np.asarray(array[..., ::-1], dtype=np.uint16)


@pytest.mark.parametrize("image", FORMATS)
def test_a_still_is_read_back_as_what_it_was(image: ImageFormat, tmp_path: Path) -> None:
    path = saved(tmp_path, image, picture())
    with Image.open(path) as opened:
        assert opened.format == image.upper()
        assert opened.size == (96, 64)
    difference = np.abs(by_pillow(path).astype(int) - picture())
    if image in ("png", "tiff"):
        assert not difference.any()
    else:
        assert 0 < difference.mean() < 1.5


@pytest.mark.parametrize("image", ["jpeg", "avif"])
def test_colour_is_kept_at_full_resolution(image: ImageFormat, tmp_path: Path) -> None:
    stripes = np.zeros((64, 96, 3), np.uint8)
    stripes[:, ::2] = (200, 40, 40)
    stripes[:, 1::2] = (40, 40, 200)
    assert np.abs(by_pillow(saved(tmp_path, image, stripes)).astype(int) - stripes).mean() < 3


@pytest.mark.parametrize("image", ["jpeg", "webp", "avif"])
def test_quality_is_what_the_user_asks_for(image: ImageFormat, tmp_path: Path) -> None:
    sizes = [saved(tmp_path, image, picture(), quality=q).stat().st_size for q in (10, 60, 100)]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 3


@pytest.mark.parametrize("image", FORMATS)
def test_every_format_carries_the_srgb_profile(image: ImageFormat, tmp_path: Path) -> None:
    with Image.open(saved(tmp_path, image, picture())) as opened:
        assert opened.info["icc_profile"] == srgb_profile()


@pytest.mark.parametrize("image", FORMATS)
def test_noise_at_full_quality_is_written_too(image: ImageFormat, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (700, 700, 3)).astype(np.uint8)
    seen = by_pillow(saved(tmp_path, image, noise, quality=100))
    if image in ("png", "tiff"):
        assert np.array_equal(seen, noise)


@pytest.mark.parametrize("image", DEEP)
def test_deep_stills_are_kept_bit_for_bit(image: ImageFormat, tmp_path: Path) -> None:
    path = saved(tmp_path, image, deep_picture(), depth=16)
    assert np.array_equal(by_opencv(path), deep_picture())
    if image == "tiff":
        assert np.array_equal(tifffile.imread(path), deep_picture())


@pytest.mark.parametrize("image", DEEP)
@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (131, 1), (129, 67), (64, 64)])
def test_stills_of_any_shape_and_any_noise_are_kept(
    image: ImageFormat, shape: tuple[int, int], tmp_path: Path
) -> None:
    noise = np.random.default_rng(1).integers(0, 65536, (*shape, 3)).astype(np.uint16)
    assert np.array_equal(by_opencv(saved(tmp_path, image, noise, depth=16)), noise)
    low = (noise % 256).astype(np.uint8)
    assert np.array_equal(by_opencv(saved(tmp_path, image, low, depth=8)), low)


def test_a_large_tiff_in_many_strips_is_kept(tmp_path: Path) -> None:
    large = np.tile(deep_picture(), (8, 12, 1))  # (512, 1152, 3)
    path = saved(tmp_path, "tiff", large, depth=16)
    with tifffile.TiffFile(path) as tiff:
        assert len(tiff.pages.first.dataoffsets) > 5
    assert np.array_equal(by_opencv(path), large)


@pytest.mark.parametrize("image", DEEP)
def test_deep_stills_are_smaller_than_bare_pixels(image: ImageFormat, tmp_path: Path) -> None:
    smooth = np.linspace(0, 65535, 256 * 256 * 3).reshape(256, 256, 3).astype(np.uint16)
    assert saved(tmp_path, image, smooth, depth=16).stat().st_size < smooth.nbytes / 4


@pytest.mark.parametrize("image", DEEP)
def test_deep_stills_carry_profile_exif_and_xmp(image: ImageFormat, tmp_path: Path) -> None:
    data = saved(tmp_path, image, deep_picture(), depth=16)
    with Image.open(data) as opened:
        assert opened.info["icc_profile"] == srgb_profile()
        assert opened.getexif()[0x4746] == NOTES.rating
        assert b"<xmp:Rating>" in (opened.info.get("xmp") or b"")


@pytest.mark.parametrize("image", DEEP)
def test_depth_follows_the_rules_whatever_the_source_gave(
    image: ImageFormat, tmp_path: Path
) -> None:
    deep = saved(tmp_path, image, picture(), depth=16)
    assert np.array_equal(by_opencv(deep), picture().astype(np.uint16) * 257)
    shallow = saved(tmp_path, image, deep_picture(), depth=8)
    assert np.array_equal(by_pillow(shallow), np.rint(deep_picture() / 257).astype(np.uint8))


@pytest.mark.parametrize("image", FORMATS)
def test_the_same_still_gives_the_same_bytes(image: ImageFormat, tmp_path: Path) -> None:
    depth: Literal[8, 16] = 16 if image in DEEP else 8
    first, second = (
        saved(_folder(tmp_path / name), image, picture(), depth).read_bytes() for name in "ab"
    )
    assert first == second


def test_the_profile_never_changes_and_is_srgb() -> None:
    assert hashlib.sha256(srgb_profile()).hexdigest() == PROFILE
    ours = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
    assert ImageCms.getProfileName(ours).strip() == "sRGB IEC61966-2.1"
    theirs = ImageCms.createProfile("sRGB")
    colours = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    greys = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(16, 16, 3)
    for pixels in (colours, greys):
        image = Image.fromarray(pixels)
        for pair in ((ours, theirs), (theirs, ours)):
            seen = np.asarray(ImageCms.profileToProfile(image, *pair))
            assert np.abs(seen.astype(int) - pixels).max() <= 1


@pytest.mark.parametrize("image", FORMATS)
def test_what_cannot_be_written_is_an_error_of_the_system(
    image: ImageFormat, tmp_path: Path
) -> None:
    rules = OutputConfig(image=image)
    still = Still(picture(), NOTES.moment)
    with pytest.raises(FileNotFoundError):
        save_still(still, tmp_path / "missing" / "x", rules, NOTES)
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        save_still(still, full, rules, NOTES)


@pytest.mark.parametrize("image", DEEP)
def test_a_full_disk_is_noticed_by_deep_stills(image: ImageFormat, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    still = Still(deep_picture(), NOTES.moment)
    with pytest.raises(OSError, match="No space left"):
        save_still(still, full, OutputConfig(image=image, depth=16), NOTES)


def test_a_picture_too_large_for_a_format_is_refused_with_the_way_out(tmp_path: Path) -> None:
    wide = Still(np.zeros((1, 16384, 3), np.uint8), NOTES.moment)
    with pytest.raises(OutputError, match=r"clip\.mp4: .*too large for webp.*; choose png or tiff"):
        save_still(wide, tmp_path / "x.webp", OutputConfig(image="webp"), NOTES)
    for image in FORMATS:
        check_size("clip.mp4", 16383, 16383, image)
    check_size("clip.mp4", 100_000, 100_000, "tiff")


@pytest.mark.parametrize(("image", "longest"), [("jpeg", 65500), ("webp", 16383), ("avif", 32768)])
def test_the_largest_size_that_is_allowed_can_be_written(
    image: ImageFormat, longest: int, tmp_path: Path
) -> None:
    path = saved(tmp_path, image, np.zeros((2, longest, 3), np.uint8))
    with Image.open(path) as opened:
        assert opened.size == (longest, 2)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
