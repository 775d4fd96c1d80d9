"""Copies of a photo have its layout; photos of other things have others."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image

from framepick.collection import LUMA_GRID
from framepick.photos.grouping import SAME_LAYOUT
from framepick.photos.layout import layouts
from framepick.types import Pixels
from samples.clipmaker import load

NAMES = ("astronaut", "chelsea", "coffee", "rocket", "landscape")
SIZE = (360, 270)


def grid(picture: Pixels) -> np.ndarray:
    size = (LUMA_GRID, LUMA_GRID)
    return np.asarray(Image.fromarray(picture).convert("L").resize(size, Image.Resampling.BOX))


def likeness(one: Pixels, other: Pixels) -> float:
    first, second = layouts([grid(one), grid(other)])
    return float(first @ second)


def exposed(picture: Pixels, stops: float) -> Pixels:
    light = (picture / 255.0) ** 2.2 * 2.0**stops
    return np.asarray(255 * np.clip(light, 0, 1) ** (1 / 2.2), np.uint8)


def grey(picture: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(picture).convert("L").convert("RGB"))


COPIES: dict[str, Callable[[Pixels], Pixels]] = {
    "cropped by 10 pixels at two sides": lambda picture: picture[10:, :-10],
    "cropped by 10 pixels all around": lambda picture: picture[10:-10, 10:-10],
    "blurred": lambda picture: np.asarray(cv2.GaussianBlur(picture, (0, 0), 4.0), np.uint8),
    "a stop darker": lambda picture: exposed(picture, -1.0),
    "a stop brighter": lambda picture: exposed(picture, 1.0),
    "without colour": grey,
    "half as large": lambda picture: picture[::2, ::2],
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_copies_have_the_same_layout(name: str, copied: Callable[[Pixels], Pixels]) -> None:
    photo = load(name, SIZE)
    assert likeness(photo, copied(photo)) >= SAME_LAYOUT


def test_photos_that_differ_have_other_layouts() -> None:
    found = layouts([grid(load(name, SIZE)) for name in NAMES])
    between = (found @ found.T)[np.triu_indices(len(NAMES), 1)]
    assert between.max() < SAME_LAYOUT / 2


def test_a_mirrored_photo_has_another_layout() -> None:
    photo = load("astronaut", SIZE)
    assert likeness(photo, np.ascontiguousarray(photo[:, ::-1])) < SAME_LAYOUT / 2


def test_a_photo_of_one_brightness_is_like_no_other_not_even_its_like() -> None:
    plain = np.full((LUMA_GRID, LUMA_GRID), 90, np.uint8)
    assert np.array_equal(layouts([plain, plain]) @ layouts([plain])[0], [0.0, 0.0])
