"""Faults: copies that are worse in one way, and nothing else."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from framepick import distortions
from framepick.distortions import (
    COMPOSITION,
    KINDS,
    STRENGTHS,
    TECHNICAL,
    distort,
    graded_copies,
    null_pairs,
)
from framepick.distortions.jpeg import jpeg_round_trip, quantisation_factor
from framepick.distortions.kinds import KINDS as FUNCTIONS
from framepick.distortions.kinds import ROTATION, UPRIGHT_SHARE
from framepick.distortions.table import read_table

SIDE = 96


@pytest.fixture
def pictures() -> Tensor:
    """Three soft pictures with an edge or two, 0.1 to 0.9."""
    down, across = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    stripes = 0.5 + 0.4 * np.sin(40 * across + 9 * down)
    blob = 0.1 + 0.8 * np.exp(-((across - 0.5) ** 2 + (down - 0.5) ** 2) / 0.02)
    steps = 0.2 + 0.6 * ((across * 6).astype(int) % 2)
    planes = [np.stack([a, b, 0.5 * (a + b)]) for a, b in ((stripes, blob), (blob, steps))]
    planes.append(np.stack([steps, stripes, blob]))
    return torch.from_numpy(np.stack(planes)).float()


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def amounts(kind: str) -> tuple[float, ...]:
    return read_table()[kind].amounts


def apply(kind: str, pictures: Tensor, amount: float, draw: Tensor | None = None) -> Tensor:
    chosen = torch.rand(len(pictures), 4, generator=seeded()) if draw is None else draw
    return FUNCTIONS[kind](pictures, torch.full((len(pictures),), amount), chosen)


def detail(pictures: Tensor) -> Tensor:
    """Mean step between neighbours (N,)."""
    across = (pictures[..., 1:] - pictures[..., :-1]).abs().mean((1, 2, 3))
    down = (pictures[..., 1:, :] - pictures[..., :-1, :]).abs().mean((1, 2, 3))
    return across + down


def test_the_table_names_every_kind_and_its_amounts_move_one_way() -> None:
    table = read_table()
    assert tuple(table) == KINDS
    assert set(TECHNICAL) | set(COMPOSITION) == set(KINDS)
    for scale in table.values():
        assert len(scale.amounts) == 1 + len(STRENGTHS)
        assert scale.unit
        assert all(np.diff(scale.amounts) > 0)


def test_strengths_between_those_of_the_table_lie_between_its_amounts() -> None:
    scale = read_table()["defocus"]
    given = torch.tensor([0.0, 0.5, 1.0, 2.5, 3.0, 9.0])
    none, mild, middle, strong = scale.amounts
    expected = [none, (none + mild) / 2, mild, (middle + strong) / 2, strong, strong]
    torch.testing.assert_close(scale.amount(given), torch.tensor(expected))


def test_copies_come_as_views_of_the_side_asked_for(pictures: Tensor) -> None:
    strengths = torch.tensor([[0.0, 2.0]]).expand(len(pictures), -1)
    large, small = (
        distort(pictures, "noise", strengths, seeded(), same_draw=True, side=side)
        for side in (96, 48)
    )
    assert large.shape == (len(pictures), 2, 96, 96, 3)
    halved = large.float().reshape(-1, 48, 2, 48, 2, 3).mean(dim=(2, 4))
    assert (halved - small.flatten(0, 1).float()).abs().mean() < 4


@pytest.mark.parametrize(
    "kind", [k for k in TECHNICAL if k not in ("compression", "upscaled", "mixed")]
)
def test_no_fault_of_a_technical_kind_leaves_a_picture_as_it_is(
    kind: str, pictures: Tensor
) -> None:
    torch.testing.assert_close(apply(kind, pictures, 0.0), pictures, atol=2e-3, rtol=0)


@pytest.mark.parametrize("kind", ["motion_blur", "defocus"])
def test_blurs_take_detail_and_keep_the_light(kind: str, pictures: Tensor) -> None:
    kept = [apply(kind, pictures, 2 * amount) for amount in amounts(kind)]
    for milder, stronger in pairwise(kept):
        assert (detail(stronger) < detail(milder)).all()
    light = (kept[-1] ** 2.2).mean((1, 2, 3)) / (pictures**2.2).mean((1, 2, 3))
    assert (light - 1).abs().max() < 0.05


def test_motion_blurs_along_its_path_and_not_across(pictures: Tensor) -> None:
    level = torch.zeros(3, 4)
    steps = apply("motion_blur", pictures[1:2], 0.08, level[:1])[:, 1]
    assert (steps[..., 1:] - steps[..., :-1]).abs().max() < 0.3  # was 0.6
    upright = torch.full((1, 4), 0.5)
    same = apply("motion_blur", pictures[1:2], 0.08, upright)[:, 1]
    torch.testing.assert_close(same, pictures[1:2, 1], atol=0.02, rtol=0)


def test_exposure_is_counted_in_stops_of_light(pictures: Tensor) -> None:
    dark, bright = (apply(kind, pictures, 1.0) for kind in ("underexposure", "overexposure"))
    torch.testing.assert_close(dark**2.2 * 2, pictures**2.2, atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(bright**2.2, (pictures**2.2 * 2).clamp(max=1), atol=1e-4, rtol=1e-3)


def test_backlight_makes_the_land_a_silhouette_under_a_white_sky() -> None:
    landscape = torch.full((1, 3, 40, 40), 0.25)
    landscape[:, :, :20] = 0.85
    copy = apply("backlight", landscape, 2.0)
    assert float(copy[:, :, :20].min()) == 1.0
    assert float(copy[:, :, 20:].max()) < 0.16
    torch.testing.assert_close(apply("backlight", landscape, 0.0), landscape)


def test_mixed_faults_are_one_of_the_lens_or_light_and_one_of_the_sensor_or_file(
    pictures: Tensor,
) -> None:
    dark_and_noisy = torch.tensor([[0.0, 2.5 / 6, 0.0, 0.3]]).expand(len(pictures), -1)
    mixed = apply("mixed", pictures, 2.0, dark_and_noisy)
    dark = apply("underexposure", pictures, read_table()["underexposure"].amounts[2])
    torch.testing.assert_close(mixed.mean((1, 2, 3)), dark.mean((1, 2, 3)), atol=0.03, rtol=0)
    assert (detail(mixed) > detail(dark) + 0.02).all()


def test_noise_has_the_spread_of_the_table() -> None:
    grey = torch.full((2, 3, SIDE, SIDE), 0.5)
    assert float(apply("noise", grey, 0.1).std()) == pytest.approx(0.1, rel=0.03)


def test_a_cast_shifts_colours_and_keeps_the_brightness_of_grey() -> None:
    grey = torch.full((64, 3, 4, 4), 0.4)
    cast = apply("colour_cast", grey, 1.0, torch.rand(64, 4, generator=seeded())) ** 2.2
    light = torch.einsum("nchw,c->nhw", cast, torch.tensor([0.2126, 0.7152, 0.0722]))
    torch.testing.assert_close(light, torch.full_like(light, 0.4**2.2), rtol=1e-3, atol=1e-4)
    stops = cast[:, :, 0, 0].log2()
    torch.testing.assert_close(stops.amax(1) - stops.amin(1), torch.ones(64), rtol=1e-3, atol=1e-3)
    assert len(set(stops.argmax(1).tolist())) == 3  # any colour may win


def test_a_haze_takes_contrast(pictures: Tensor) -> None:
    spreads = [apply("washed_out", pictures, a).std((1, 2, 3)) for a in amounts("washed_out")]
    for milder, stronger in pairwise(spreads):
        assert (stronger < milder).all()


@pytest.mark.parametrize("quality", [5, 15, 50, 90])
def test_compression_is_that_of_a_jpeg_library(quality: int, pictures: Tensor) -> None:
    pixels = (pictures * 255).round().byte()
    ours = (
        jpeg_round_trip(pixels / 255.0, quantisation_factor(torch.full((3,), float(quality))))
        * 255.0
    )
    for number in range(3):
        file = io.BytesIO()
        original = pixels[number].permute(1, 2, 0).numpy()
        Image.fromarray(original).save(file, "JPEG", quality=quality)
        theirs = np.asarray(Image.open(file), np.float32)
        harm = np.abs(theirs - original).mean()
        gap = np.abs(theirs - ours[number].permute(1, 2, 0).numpy()).mean()
        assert gap < 0.5 * harm  # what is left comes of rounding before the transform


def test_compression_takes_sides_that_are_no_multiple_of_a_block() -> None:
    flat = torch.full((1, 3, 21, 37), 0.25)
    torch.testing.assert_close(jpeg_round_trip(flat, torch.ones(1)), flat, atol=0.02, rtol=0)


def test_an_upright_picture_is_turned_there_and_back(pictures: Tensor) -> None:
    straight = apply("tilt", pictures, 0.0)
    margin = round(SIDE * (1 - UPRIGHT_SHARE) / 2)
    middle = pictures[:, :, margin:-margin, margin:-margin]
    expected = torch.nn.functional.interpolate(middle, (SIDE, SIDE), mode="bicubic")
    assert (straight - expected).abs().mean() < 0.03
    assert ROTATION > 0


def test_tilted_and_upright_copies_are_equally_soft(pictures: Tensor) -> None:
    noise = torch.rand(1, 3, SIDE, SIDE, generator=seeded()).repeat(32, 1, 1, 1)
    draw = torch.rand(32, 4, generator=seeded(1))
    upright, tilted = (detail(apply("tilt", noise, amount, draw)).mean() for amount in (0.0, 9.0))
    assert float(tilted / upright) == pytest.approx(1.0, abs=0.02)


def test_a_bad_crop_has_the_size_of_the_good_one_and_loses_the_middle(pictures: Tensor) -> None:
    blob = pictures[1:2].repeat(16, 1, 1, 1)
    draw = torch.rand(16, 4, generator=seeded())
    middle = slice(SIDE // 2 - 4, SIDE // 2 + 4)
    good, bad = (apply("bad_crop", blob, amount, draw) for amount in (0.0, 1.0))
    assert good[:, 0, middle, middle].mean() > 0.8
    assert bad[:, 0, middle, middle].mean() < 0.6
    steps = [(c[:, 1] > 0.5).float().diff(dim=-1).abs().sum((1, 2)).mean() for c in (good, bad)]
    assert 0.6 < float(steps[1] / steps[0]) < 1.6  # the same magnification


@pytest.mark.parametrize("kind", KINDS)
def test_graded_copies_are_views_in_rising_strength(kind: str, pictures: Tensor) -> None:
    views = graded_copies(pictures, kind, seeded())
    assert views.shape == (3, 4, 224, 224, 3)
    assert views.dtype == torch.uint8
    assert torch.equal(views, graded_copies(pictures, kind, seeded()))
    # several draws, since a turn or a push may happen to bring a pattern back onto itself
    away = torch.zeros(3)
    for seed in range(1 if kind in TECHNICAL else 6):
        copies = graded_copies(pictures, kind, seeded(seed)).float()
        away += torch.stack([(copies[:, k] - copies[:, 0]).abs().mean() for k in (1, 2, 3)])
    assert away.min() > 0
    if kind in TECHNICAL:
        assert away[0] < away[1] < away[2]


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "mixed"])  # whose sides differ in kind
def test_sides_of_a_null_pair_differ_but_neither_has_more_of_anything(kind: str) -> None:
    pictures = torch.rand(2, 3, SIDE, SIDE, generator=seeded(4)).repeat(8, 1, 1, 1)
    smooth = torch.nn.functional.avg_pool2d(pictures, 5, 1, 2)
    views = null_pairs(smooth, kind, seeded(5)).permute(0, 1, 4, 2, 3).float()
    first, second = views[:, 0], views[:, 1]
    assert not torch.equal(first, second)
    assert float(detail(first).mean() / detail(second).mean()) == pytest.approx(1.0, abs=0.1)
    assert float(first.mean() / second.mean()) == pytest.approx(1.0, abs=0.1)


def test_copies_that_share_their_draw_are_turned_to_one_side(pictures: Tensor) -> None:
    strengths = torch.full((3, 2), 3.0)
    shared = distortions.distort(pictures, "tilt", strengths, seeded(), same_draw=True).float()
    apart = distortions.distort(pictures, "tilt", strengths, seeded(), same_draw=False).float()
    assert (shared[:, 0] - shared[:, 1]).abs().mean() < 6.0  # only grain and storage
    assert (apart[:, 0] - apart[:, 1]).abs().mean() > (shared[:, 0] - shared[:, 1]).abs().mean()
