"""Frames of text are told from pictures, whatever is written on these."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from framepick.measures import as_rows, measure, vetoes
from framepick.types import Pixels
from samples.clipmaker import load
from tests.text_frames import BLACK, WHITE, caption, text_frames, title, view_of

TEXT_FRAMES = dict(text_frames())
PICTURES = ("astronaut", "chelsea", "coffee", "rocket", "balloons", "landscape")


def veto(view: Pixels) -> str:
    return str(vetoes(as_rows([measure(view, None, is_damaged=False)[0]]))[0])


def drawn(name: str) -> Image.Image:
    return Image.fromarray(load(name))


@pytest.mark.parametrize("size", [224, 260])
@pytest.mark.parametrize("name", TEXT_FRAMES)
def test_text_and_graphics_alone_are_titles(name: str, size: int) -> None:
    assert veto(view_of(TEXT_FRAMES[name], size)) == "title"


def test_there_are_forty_text_frames() -> None:
    assert len(TEXT_FRAMES) >= 40


@pytest.mark.parametrize("size", [224, 260])
@pytest.mark.parametrize(("name", "share"), list(product(PICTURES, (0.03, 0.05, 0.08, 0.12))))
def test_pictures_with_subtitles_or_watermarks_are_none(name: str, share: float, size: int) -> None:
    picture = drawn(name)
    text = "What did she say?" if share < 0.1 else "PREVIEW"
    assert veto(view_of(caption(picture, text, share * picture.height), size)) == ""


def test_a_title_over_a_picture_is_none() -> None:
    for name in PICTURES:
        assert veto(view_of(title(["THE LONG WAY HOME"], 60, drawn(name)))) == ""


def test_a_product_on_white_is_none() -> None:
    card = Image.new("RGB", (640, 360), (255, 255, 255))
    y, x = np.mgrid[:200, :200]
    shade = (220 - 0.4 * x - 0.3 * y + 12 * np.sin(y / 5)).clip(0, 255).astype(np.uint8)
    card.paste(Image.fromarray(shade), (220, 80), _disc(200))
    assert veto(view_of(card)) == ""


def test_the_moon_on_black_is_none() -> None:
    card = Image.new("RGB", (640, 360), BLACK)
    craters = np.random.default_rng(3).normal(190, 60, (25, 25)).clip(0, 255).astype(np.uint8)
    card.paste(
        Image.fromarray(craters).resize((160, 160), Image.Resampling.BICUBIC),
        (240, 100),
        _disc(160),
    )
    assert veto(view_of(card)) == ""


def test_a_lamp_with_its_halo_on_black_is_none() -> None:
    card = Image.new("RGB", (640, 360), BLACK)
    ImageDraw.Draw(card).ellipse((280, 140, 360, 220), WHITE)
    assert veto(view_of(card.filter(ImageFilter.GaussianBlur(12)))) == ""


def test_the_stars_of_a_night_sky_are_none() -> None:
    assert veto(view_of(drawn("hubble_deep_field"))) == ""


def test_lights_along_a_horizon_are_none() -> None:
    night = Image.new("RGB", (1280, 720), (4, 5, 10))
    random = np.random.default_rng(2)
    for x, y in zip(random.integers(0, 1280, 300), random.normal(360, 12, 300), strict=True):
        ImageDraw.Draw(night).ellipse((x - 4, y - 4, x + 4, y + 4), (250, 210, 140))
    assert veto(view_of(night)) == ""


def test_birds_on_a_wire_are_none() -> None:
    sky = Image.new("RGB", (1280, 720), (200, 215, 235))
    ImageDraw.Draw(sky).line((0, 200, 1280, 230), (30, 30, 30), 4)
    for x in np.random.default_rng(4).integers(50, 1230, 30):
        ImageDraw.Draw(sky).ellipse((x - 9, 180, x + 9, 210), (20, 20, 20))
    assert veto(view_of(sky)) == ""


def test_a_sign_in_a_scene_is_none() -> None:
    scene = drawn("landscape")
    scene.paste(
        title(["BAKERY"], 200, (240, 240, 240), (30, 30, 30)).resize((480, 270)), (120, 120)
    )
    assert veto(view_of(scene)) == ""


def test_a_page_in_front_of_a_scene_is_none() -> None:
    scene = drawn("coffee").resize((1280, 720))
    page = title(["This film is a work of fiction."] * 6, 44, (250, 250, 245), (40, 40, 40))
    scene.paste(page.resize((720, 500)), (300, 120))
    assert veto(view_of(scene)) == ""


def test_a_cartoon_with_outlines_is_none() -> None:
    card = Image.new("RGB", (640, 360), (150, 200, 240))
    pen = ImageDraw.Draw(card)
    pen.rectangle((0, 250, 640, 360), (110, 180, 90), outline=BLACK, width=4)
    pen.ellipse((240, 60, 400, 220), (250, 210, 170), outline=BLACK, width=5)
    pen.rectangle((260, 200, 380, 330), (200, 60, 60), outline=BLACK, width=5)
    for left in (285, 335):
        pen.ellipse((left, 110, left + 20, 140), BLACK)
    pen.arc((280, 120, 360, 190), 20, 160, BLACK, 5)
    assert veto(view_of(card)) == ""


def test_a_person_in_a_window_of_a_screen_is_none() -> None:
    screen = title(["Notes of the meeting"], 40, (245, 245, 245), (30, 30, 30))
    screen.paste(drawn("astronaut").resize((520, 520)), (700, 120))
    assert veto(view_of(screen)) == ""


def test_fog_and_sky_with_little_in_them_are_none() -> None:
    rise = np.linspace(150, 215, 360)[:, None] + np.zeros((1, 640))
    grain = np.random.default_rng(5).normal(0, 2, rise.shape)
    sky = Image.fromarray((rise + grain).clip(0, 255).astype(np.uint8)).convert("RGB")
    ImageDraw.Draw(sky).line((300, 100, 320, 112, 340, 100), (60, 60, 60), 4)
    assert veto(view_of(sky)) == ""


def test_the_bars_around_a_letterboxed_card_make_no_pattern() -> None:
    card = Image.new("RGB", (640, 360), BLACK)
    ImageDraw.Draw(card).rectangle((20, 20, 620, 340), (150, 150, 150))
    assert veto(view_of(card)) == ""


@pytest.mark.parametrize("size", [8, 29, 97])
def test_nothing_is_said_of_views_too_small_for_letters(size: int) -> None:
    assert veto(view_of(TEXT_FRAMES["the end"], size)) == ""
    assert veto(view_of(TEXT_FRAMES["the end"], 224)) == "title"


def _disc(size: int) -> Image.Image:
    mask = Image.new("L", (size, size))
    ImageDraw.Draw(mask).ellipse((0, 0, size - 1, size - 1), 255)
    return mask
