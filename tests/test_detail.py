"""Numbers of full-size pictures, on pictures of which it is known how they were spoiled."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from framepick.detail import COLUMNS, GRID, ROWS, SCALES, cells, combing, structure
from samples.clipmaker import load

Luma = NDArray[np.uint8]
PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket")
NAMES = (*PHOTOGRAPHS, "landscape")
X, Y = 0, 1


def luma_of(name: str, size: tuple[int, int] = (640, 360)) -> Luma:
    return np.asarray(cv2.cvtColor(load(name, size), cv2.COLOR_RGB2GRAY), np.uint8)


def smeared(luma: Luma, length: int, axis: int) -> Luma:
    kernel = np.ones((1, length) if axis == X else (length, 1), np.float32) / length
    return np.asarray(cv2.filter2D(luma, -1, kernel, borderType=cv2.BORDER_REFLECT), np.uint8)


def defocused(luma: Luma, sigma: float) -> Luma:
    return np.asarray(cv2.GaussianBlur(luma, (0, 0), sigma), np.uint8)


def noisy(luma: Luma, sigma: float) -> Luma:
    grain = np.random.default_rng(0).normal(0, sigma, luma.shape)
    return np.clip(np.rint(luma + grain), 0, 255).astype(np.uint8)


def woven(first: Luma, second: Luma) -> Luma:
    both = first.copy()
    both[1::2] = second[1::2]
    return both


@pytest.mark.parametrize("name", NAMES)
def test_structure_falls_with_every_step_of_defocus(name: str) -> None:
    steps = [defocused(luma_of(name), sigma) for sigma in (0.01, 0.7, 1.0, 1.5, 2.5, 4.0)]
    found = np.stack([structure(step).mean(axis=(0, 1, 3)) for step in steps])  # (steps, SCALES)
    assert found.shape == (6, SCALES)
    assert np.all(np.diff(found, axis=0) < 0)
    # the finer the scale, the more is lost
    assert np.all(np.diff(found[2] / found[0]) > 0)


@pytest.mark.parametrize("axis", [X, Y])
@pytest.mark.parametrize("name", NAMES)
def test_a_smear_takes_structure_along_itself_only(name: str, axis: int) -> None:
    sharp = structure(luma_of(name))[:, :, 0].mean(axis=(0, 1))  # (2,)
    lengths = [
        structure(smeared(luma_of(name), length, axis))[:, :, 0].mean(axis=(0, 1)) / sharp
        for length in (3, 6, 12, 25)
    ]
    along = [left[axis] for left in lengths]
    across = [left[1 - axis] for left in lengths]
    assert along == sorted(along, reverse=True)
    assert along[0] < 0.6
    assert along[-1] < 0.08
    assert all(b > 1.2 * a for a, b in zip(along, across, strict=True))


def test_noise_adds_little_where_there_is_structure_and_nothing_at_the_coarse_scale() -> None:
    luma = luma_of("astronaut")
    clean, grained = structure(luma), structure(noisy(luma, 2.0))
    much = clean[:, :, 0].sum(axis=2) > np.median(clean[:, :, 0].sum(axis=2))
    assert np.all(grained[much][:, 0] < 1.2 * clean[much][:, 0] + 2e-4)
    assert grained[:, :, 2].mean() == pytest.approx(clean[:, :, 2].mean(), rel=0.02)


def test_structure_has_the_size_that_it_says() -> None:
    ramp = np.tile(np.arange(0, 240, dtype=np.uint8), (90, 1))  # one level a pixel along x
    found = structure(ramp)
    assert found.shape == (ROWS, COLUMNS, SCALES, 2)
    assert found.dtype == np.float32
    assert found[:, :, 0, X] == pytest.approx((1 / 255) ** 2, rel=1e-5)
    assert found[:, :, 1, X] == pytest.approx((2 / 255) ** 2, rel=1e-5)
    assert np.all(found[:, :, :, Y] == 0)


def test_a_tile_tells_of_its_own_place_only() -> None:
    luma = luma_of("landscape")
    spoiled = luma.copy()
    spoiled[:, 320:] = 128
    left, right = structure(spoiled)[:, :7], structure(spoiled)[:, 9:]
    assert np.array_equal(left, structure(luma)[:, :7])
    assert np.all(right == 0)


@pytest.mark.parametrize(
    "size", [(1, 1), (2, 2), (1, 900), (900, 1), (7, 5), (63, 35), (65, 37), (641, 361), (16, 9)]
)
def test_any_size_has_all_tiles_and_cells(size: tuple[int, int]) -> None:
    width, height = size
    luma = np.random.default_rng(1).integers(0, 256, (height, width)).astype(np.uint8)
    found, small = structure(luma), cells(luma)
    assert found.shape == (ROWS, COLUMNS, SCALES, 2)
    assert np.all(np.isfinite(found))
    assert small.shape == (GRID, GRID)
    assert small.dtype == np.float32
    assert 0 <= small.min() <= small.max() <= 1
    assert 0 <= combing(luma) <= 1
    if min(size) > 1:
        assert found.max() > 0


def test_a_tiny_picture_still_loses_structure_with_a_blur() -> None:
    tiny = luma_of("coffee", (40, 24))
    assert structure(defocused(tiny, 1.0)).mean() < 0.7 * structure(tiny).mean()


def test_pictures_beyond_full_high_definition_are_halved_first() -> None:
    large = np.repeat(np.repeat(luma_of("coffee", (1920, 1080)), 2, axis=0), 2, axis=1)
    assert np.array_equal(structure(large), structure(luma_of("coffee", (1920, 1080))))
    odd = np.pad(large, ((0, 1), (0, 1)))
    assert structure(odd) == pytest.approx(structure(large))


def test_a_white_picture_does_not_overflow() -> None:
    white = np.full((2160, 3840), 255, np.uint8)
    assert np.all(structure(white) == 0)
    assert np.all(cells(white) == 1)
    white[:, ::2] = 0
    assert structure(white[:1080, :1920])[:, :, 0, X] == pytest.approx(1.0)


def test_cells_are_means_of_their_places() -> None:
    blocks = np.arange(GRID * GRID).reshape(GRID, GRID) % 251
    luma = np.kron(blocks, np.ones((5, 7))).astype(np.uint8)
    assert cells(luma) == pytest.approx(blocks / 255)


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_combing_rises_where_two_instants_are_woven(name: str) -> None:
    luma = luma_of(name)
    still, moved = combing(luma), combing(woven(luma, np.roll(luma, 8, axis=1)))
    assert moved > 0.004 + 3 * still


@pytest.mark.parametrize("name", NAMES)
def test_combing_does_not_rise_with_noise_blur_or_motion(name: str) -> None:
    luma = luma_of(name)
    usual = combing(luma)
    for other in (noisy(luma, 3.0), defocused(luma, 2.0), np.roll(luma, 9, axis=0), luma[::-1]):
        assert combing(np.ascontiguousarray(other)) < 0.004 + 3 * usual


def test_horizontal_stripes_wider_than_a_line_are_no_comb() -> None:
    for period in (4, 6, 8):
        lines = np.where(np.arange(360) % period < period // 2, 200, 40).astype(np.uint8)
        assert combing(np.tile(lines[:, None], (1, 640))) == 0
