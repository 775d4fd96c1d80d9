"""Photos of all kinds, read as people see them, or refused in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from framepick.errors import SourceError
from framepick.sources.photos import load_photo
from framepick.sources.views import resize_view
from framepick.types import ViewSpec
from samples.clipmaker import load, write
from tests.conftest import VIEW, frames_of


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
    [("a.CR2", "export raw photos"), ("a.jxl", "export JPEG XL"), ("a.HEIC", "export HEIC")],
)
def test_kinds_that_are_not_read_are_refused_with_a_way_out(
    tmp_path: Path, picture: np.ndarray, name: str, way_out: str
) -> None:
    if name.endswith("CR2"):
        Image.fromarray(picture).save(tmp_path / name, "TIFF")  # what opens would be a thumbnail
    else:
        (tmp_path / name).write_bytes(b"\xff\x0a nothing that Pillow knows")
    with pytest.raises(SourceError, match=way_out):
        load_photo(tmp_path / name)
