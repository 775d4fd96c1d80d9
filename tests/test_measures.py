from __future__ import annotations

import numpy as np
import pytest

from framepick.measures import LOOK, as_rows, looks, measure, vetoes
from framepick.types import MEASURES_DTYPE, FrameMeasures, Pixels

SIZE = 224


def card(red: float, green: float, blue: float, noise: float = 0.0) -> Pixels:
    random = np.random.default_rng(7)
    picture = np.full((SIZE, SIZE, 3), (red, green, blue)) + random.normal(
        0, noise, (SIZE, SIZE, 3)
    )
    return np.clip(picture.round(), 0, 255).astype(np.uint8)


def measured(view: Pixels, is_damaged: bool = False) -> FrameMeasures:
    return measure(view, None, is_damaged)[0]


def veto(view: Pixels, is_damaged: bool = False) -> str:
    return str(vetoes(as_rows([measured(view, is_damaged)]))[0])


def test_luma_and_its_spread_are_those_of_the_picture() -> None:
    half = card(255, 255, 255)
    half[:, : SIZE // 2] = 0
    found = measured(half)
    assert found.luma_mean == pytest.approx(0.5, abs=1e-6)
    assert found.luma_spread == pytest.approx(0.5, abs=1e-6)
    assert (found.black_share, found.white_share) == (0.5, 0.5)
    assert found.colour_spread == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("colour", "luma"), [((255, 0, 0), 0.299), ((0, 255, 0), 0.587), ((0, 0, 255), 0.114)]
)
def test_each_channel_has_its_weight_in_luma(
    colour: tuple[float, float, float], luma: float
) -> None:
    assert measured(card(*colour)).luma_mean == pytest.approx(luma, abs=0.002)


def test_colours_spread_where_luma_does_not() -> None:
    view = card(128, 128, 128)
    view[:, : SIZE // 2] = (188, 97, 128)  # redder, and of nearly the same luma
    found = measured(view)
    assert found.luma_spread < 0.005
    assert found.colour_spread > 0.1
    assert veto(view) == ""


def test_the_look_tells_warm_from_cool_vivid_from_grey_and_busy_from_plain() -> None:
    warm, cool, grey = measured(card(200, 128, 90)), measured(card(90, 128, 200)), card(80, 80, 80)
    assert warm.warmth == pytest.approx(110 / 255, abs=0.01)
    assert cool.warmth == pytest.approx(-110 / 255, abs=0.01)
    assert warm.saturation == pytest.approx(110 / 255, abs=0.01)
    assert measured(grey).saturation == pytest.approx(0.0, abs=1e-6)
    stripes = grey.copy()
    stripes[:, ::16] = stripes[:, 1::16] = 255
    assert measured(stripes).texture > 0.05
    assert measured(grey).texture < 0.001


def test_looks_are_columns_of_the_measures() -> None:
    rows = as_rows([measured(card(200, 128, 90)), measured(card(90, 128, 200))])
    found = looks(rows)
    assert found.shape == (2, len(LOOK))
    assert found[:, LOOK.index("warmth")].tolist() == rows["warmth"].tolist()


def test_change_is_the_mean_absolute_change_of_luma_and_zero_at_first() -> None:
    first, luma = measure(card(50, 50, 50), None, False)
    second, luma = measure(card(101, 101, 101), luma, False)
    third, _ = measure(card(50, 50, 50), luma, False)
    assert first.change == 0.0
    assert second.change == pytest.approx(0.2, abs=1e-6)
    assert third.change == pytest.approx(0.2, abs=1e-6)


@pytest.mark.parametrize("size", [8, 29, 97, 1024])
def test_views_of_any_allowed_size_are_measured(size: int) -> None:
    view = np.random.default_rng(size).integers(100, 140, (size, size, 3), np.uint8)
    found, luma = measure(view, None, True)
    assert found.luma_mean == pytest.approx(view.mean() / 255, abs=0.02)
    assert luma.shape[0] == luma.shape[1]
    assert found.is_damaged


def test_black_and_white_need_nearly_all_pixels() -> None:
    random = np.random.default_rng(0)
    for colour, name in ((10, "black"), (250, "white")):
        for share, expected in ((0.01, name), (0.02, "")):
            view = card(colour, colour, colour)
            view[random.random((SIZE, SIZE)) < share] = 128
            view[:20, :20] = colour  # not flat: the rest is in uneven places
            view[100:130, 60:90] = 128 if expected == "" else colour
            assert veto(view) == expected


def test_a_dark_night_with_lights_is_not_black() -> None:
    y, x = np.mgrid[:SIZE, :SIZE]
    glow = np.exp(-np.hypot(x - 60, y - 40) / 8) + np.exp(-np.hypot(x - 170, y - 120) / 5)
    light = glow[..., None].clip(0, 1) * np.array([242, 192, 78])
    assert veto((card(8, 8, 12) + light).round().astype(np.uint8)) == ""


def test_deep_blue_is_not_black() -> None:
    view = card(0, 0, 160)
    assert measured(view).black_share == 0.0
    view[60:160, 60:160] = (0, 0, 90)
    assert veto(view) == ""


@pytest.mark.parametrize("noise", [0.0, 3.0, 10.0])
def test_a_uniform_card_is_flat_with_sensor_noise_too(noise: float) -> None:
    assert veto(card(120, 90, 160, noise)) == "flat"


def test_a_smooth_sky_is_not_flat() -> None:
    rise = np.linspace(0, 1, SIZE)[:, None, None]
    sky = (1 - rise) * np.array([110, 160, 225]) + rise * np.array([135, 175, 230])
    assert veto(np.broadcast_to(sky, (SIZE, SIZE, 3)).round().astype(np.uint8)) == ""


def test_fog_with_a_faint_subject_is_not_flat() -> None:
    view = card(190, 190, 192, noise=2)
    view[100:124, 90:114] -= 25
    assert veto(view) == ""


def test_damage_comes_before_black_and_black_before_flat() -> None:
    assert veto(card(0, 0, 0), is_damaged=True) == "damaged"
    assert veto(card(0, 0, 0)) == "black"
    assert veto(card(255, 255, 255)) == "white"
    assert veto(card(128, 128, 128)) == "flat"


def test_rows_keep_every_field_of_every_frame() -> None:
    frames = [measured(card(10, 20, 200)), measured(card(200, 100, 50, 8), is_damaged=True)]
    rows = as_rows(frames)
    assert rows.dtype == MEASURES_DTYPE
    for frame, row in zip(frames, rows, strict=True):
        for name in MEASURES_DTYPE.names or ():
            assert row[name] == pytest.approx(getattr(frame, name), rel=1e-6)


def test_no_frames_give_no_rows_and_no_gates() -> None:
    assert len(vetoes(as_rows([]))) == 0
