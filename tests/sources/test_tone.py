"""Tone mapping by the numbers of the standards, without a video."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from framepick.sources.tone import KNEE, Depth, gamut_of, mobius, to_srgb, transfer_of
from framepick.sources.transfer_functions import (
    BT709,
    BT2020,
    DCI_P3,
    DISPLAY_P3,
    HLG_PEAK,
    PQ_PEAK,
    REFERENCE_WHITE,
    matrix_to_bt709,
)
from framepick.types import DeepPixels, Transfer

WHITE = 65535
HDR: tuple[Transfer, ...] = ("pq", "hlg")
DEPTHS: tuple[Depth, ...] = (8, 16)
GAMUTS = (BT709, BT2020, DCI_P3, DISPLAY_P3)


def _codes(*colours: tuple[float, float, float]) -> DeepPixels:
    return np.asarray(np.rint(np.array([colours]) * WHITE), np.uint16)


def _srgb(light: np.ndarray) -> np.ndarray:
    light = np.clip(light, 0, 1)
    levels = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(255 * levels)


def _light(levels: np.ndarray) -> np.ndarray:
    codes = levels / 255
    return np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize(
    ("color_trc", "transfer"),
    [(16, "pq"), (18, "hlg"), (1, "sdr"), (2, "sdr"), (6, "sdr"), (14, "sdr"), (0, "sdr")],
)
def test_only_two_transfers_are_high_dynamic_range(color_trc: int, transfer: str) -> None:
    assert transfer_of(color_trc) == transfer
    assert transfer_of(200) == "sdr"


def test_untagged_primaries_are_those_of_the_transfer() -> None:
    assert [gamut_of(2, transfer) for transfer in ("sdr", "pq", "hlg")] == [BT709, BT2020, BT2020]
    assert [gamut_of(tag, "sdr") for tag in (1, 5, 6, 7, 0, 77)] == [BT709] * 6
    assert [gamut_of(tag, "pq") for tag in (1, 9, 11, 12, 77)] == [1, 9, 11, 12, 9]


@pytest.mark.parametrize(
    ("transfer", "code", "nits"),
    [
        # BT.2408: 18 % grey card and reference white; BT.2100: cd/m2 of PQ codes
        ("pq", 0.38, 26),
        ("hlg", 0.38, 26),
        ("pq", 0.58, 203),
        ("hlg", 0.75, 203),
        ("pq", 0.7518, 1000),
        ("hlg", 1.0, 1000),
        ("pq", 0.1506, 1),
    ],
)
def test_greys_show_the_light_that_the_standards_give(
    transfer: Transfer, code: float, nits: float
) -> None:
    peak = {"pq": PQ_PEAK, "hlg": HLG_PEAK}[transfer] / REFERENCE_WHITE
    expected = _srgb(mobius(np.array([nits / REFERENCE_WHITE], np.float32), peak))[0]
    [[grey]] = to_srgb(_codes((code, code, code)), WHITE, transfer, BT2020)
    assert np.abs(grey - expected).max() < 2.5  # the tables give two digits


@pytest.mark.parametrize("transfer", HDR)
def test_middle_tones_are_bright_enough_and_white_is_nearly_white(transfer: Transfer) -> None:
    grey, paper = {"pq": (0.38, 0.58), "hlg": (0.38, 0.75)}[transfer]
    [[middle, white]] = to_srgb(
        _codes((grey, grey, grey), (paper, paper, paper)), WHITE, transfer, BT2020
    )
    assert 95 < middle[0] < 125  # BT.709 codes an 18 % grey card as 104
    assert 205 < white[0] < 235


@pytest.mark.parametrize("gamut", GAMUTS)
@pytest.mark.parametrize("transfer", ["sdr", *HDR])
def test_greys_stay_grey_and_rise_from_black_to_white(transfer: Transfer, gamut: int) -> None:
    ramp = np.repeat(np.arange(65536, dtype=np.uint16).reshape(256, 256, 1), 3, axis=2)
    toned = to_srgb(ramp, WHITE, transfer, gamut).astype(int)
    assert np.ptp(toned, axis=2).max() <= 1
    assert (np.diff(toned[..., 1].ravel()) >= 0).all()
    assert toned[0, 0].tolist() == [0, 0, 0]
    assert toned[-1, -1].tolist() == [255, 255, 255]


@pytest.mark.parametrize("gamut", [BT2020, DCI_P3, DISPLAY_P3])
def test_greys_of_wide_standard_range_keep_their_levels(gamut: int) -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint16).reshape(1, 256, 1) * 257, 3, axis=2)
    toned = to_srgb(ramp, WHITE, "sdr", gamut).astype(int)
    assert np.abs(toned[0, :, 0] - np.arange(256)).max() <= 1


@pytest.mark.parametrize("gamut", [BT2020, DISPLAY_P3])
def test_colours_that_srgb_has_come_back_from_a_wider_space(gamut: int) -> None:
    levels = np.stack(np.meshgrid(*[np.arange(0, 256, 15)] * 3), axis=-1).reshape(1, -1, 3)
    wide = _light(levels) @ np.linalg.inv(matrix_to_bt709(gamut).astype(float)).T
    codes = np.rint(_srgb(wide) * 257).astype(np.uint16)
    assert np.abs(to_srgb(codes, WHITE, "sdr", gamut).astype(int) - levels).max() <= 1


def test_display_p3_is_read_as_its_makers_say() -> None:
    # the red and the green of sRGB in Display P3, as CSS Color 4 has them
    codes = _codes((0.9175, 0.2003, 0.1386), (0.4584, 0.9853, 0.2983))
    [[red, green]] = to_srgb(codes, WHITE, "sdr", DISPLAY_P3).astype(int)
    assert np.abs(red - (255, 0, 0)).max() <= 2
    assert np.abs(green - (0, 255, 0)).max() <= 2


def test_colours_that_srgb_lacks_lose_saturation_not_luminance() -> None:
    codes = _codes((0.0, 0.7, 0.0), (0.7, 0.0, 0.0), (0.0, 0.6, 0.6))
    toned = to_srgb(codes, WHITE, "sdr", BT2020, 16) / 257
    wide = _light(codes / 257) @ matrix_to_bt709(BT2020).T.astype(float)
    luminance = np.array([0.2126, 0.7152, 0.0722])
    assert wide.min() < -0.01
    assert np.abs(_light(toned) @ luminance - wide @ luminance).max() < 0.002
    assert (np.ptp(toned, axis=2) > 60).all()


@pytest.mark.parametrize("transfer", HDR)
def test_hues_hold_however_bright_a_colour_is(transfer: Transfer) -> None:
    # an orange of BT.709, from dim to the brightest, in light that PQ and HLG code exactly
    strengths = np.geomspace(0.02, 4, 12)
    orange = np.array([1.0, 0.45, 0.1])
    nits = strengths[:, None] * orange * REFERENCE_WHITE
    wide = nits @ np.linalg.inv(matrix_to_bt709(BT2020).astype(float)).T
    toned = to_srgb(_coded(wide, transfer)[None], WHITE, transfer, BT2020, 16)[0] / 257
    shares = _light(toned) / _light(toned).max(axis=1, keepdims=True)
    assert np.abs(shares - orange).max() < 0.01


def _coded(nits: np.ndarray, transfer: str) -> DeepPixels:
    """Codes of light, by the formulas of ITU-R BT.2100 from light to codes."""
    if transfer == "pq":
        power = (nits / 10000) ** 0.1593017578125
        codes = ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375
    else:
        shown = nits / 1000
        luminance = shown @ np.array([0.2627, 0.6780, 0.0593])
        scene = shown * (luminance ** ((1 - 1.2) / 1.2))[:, None]
        upper = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
        codes = np.where(scene <= 1 / 12, np.sqrt(3 * scene), upper)
    return np.asarray(np.rint(np.minimum(codes, 1) * WHITE), np.uint16)


@pytest.mark.parametrize("gamut", GAMUTS)
@pytest.mark.parametrize("transfer", ["sdr", *HDR])
def test_any_codes_give_colours_with_8_and_with_16_bits_alike(
    transfer: Transfer, gamut: int
) -> None:
    codes = np.random.default_rng(0).integers(0, 65536, (61, 97, 3)).astype(np.uint16)
    codes[:2] = 0
    codes[2:4, :, 0] = 65535
    low, deep = (to_srgb(codes, WHITE, transfer, gamut, depth) for depth in DEPTHS)
    assert (low.dtype.itemsize, deep.dtype.itemsize) == (1, 2)
    assert low.shape == deep.shape == codes.shape
    assert np.abs(deep / 257 - low).max() <= 0.6
    assert not low[:2].any()


def test_white_is_the_code_that_the_scaler_gives_it() -> None:
    codes = np.array([[[0, 32640, 65280], [65283, 65535, 65535]]], np.uint16)
    assert to_srgb(codes, 65280, "sdr", BT709, 16).ravel().tolist() == [0, 32768, *[65535] * 4]
    assert to_srgb(codes, 65280, "hlg", BT2020)[0, 1].tolist() == [255, 255, 255]


def test_the_curve_bends_without_a_kink_and_ends_at_white() -> None:
    light = np.linspace(0, 4.926, 4000, dtype=np.float32)
    bent = mobius(light, 4.926)
    slopes = np.diff(bent.astype(float)) / np.diff(light.astype(float))
    assert np.array_equal(bent[light <= KNEE], light[light <= KNEE])
    assert bent[-1] == pytest.approx(1, abs=1e-5)
    assert slopes.min() > 0
    assert np.abs(np.diff(slopes)).max() < 0.01


def test_a_large_still_is_toned_in_little_memory() -> None:
    codes = np.full((2160, 3840, 3), 30000, np.uint16)
    to_srgb(codes[:2], WHITE, "hlg", BT2020)
    tracemalloc.start()
    toned = to_srgb(codes, WHITE, "hlg", BT2020)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most - toned.nbytes < 8 << 20
