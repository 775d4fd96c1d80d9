"""Faces are found in photographs and judged: eyes, yaw, and whether the border cuts them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from framepick.faces.finder import FaceFinder
from framepick.faces.measures import Expression, Face
from framepick.refine.face_order import EYES_OPEN, SMILING
from framepick.types import Pixels
from samples.clipmaker import cover, load
from tests.faces.drawn import portrait, with_eyes_shut


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder(1)


def face_in(picture: Pixels, finder: FaceFinder) -> Face:
    [face] = finder.faces_of(picture)
    return face


def look_of(picture: Pixels, finder: FaceFinder) -> Expression:
    look = face_in(picture, finder).expression
    assert look is not None
    return look


def scaled(picture: Pixels, side: int) -> Pixels:
    return np.asarray(Image.fromarray(picture).resize((side, side)))


def test_a_face_is_found_where_it_is(finder: FaceFinder) -> None:
    face = face_in(portrait(), finder)
    assert face.left < 84 / 220 < 127 / 220 < face.right
    assert face.top < 82 / 240 < face.bottom < 0.75
    assert not face.is_cut


@pytest.mark.parametrize("name", ["balloons", "landscape", "coffee"])
def test_pictures_of_other_things_have_no_face(finder: FaceFinder, name: str) -> None:
    assert finder.faces_of(load(name)) == ()


@pytest.mark.parametrize("degrees", [-20, 0, 20])
def test_open_eyes_are_told_from_shut_ones_at_any_tilt(finder: FaceFinder, degrees: int) -> None:
    for picture, is_open in ((portrait(), True), (with_eyes_shut(portrait()), False)):
        tilted = np.asarray(Image.fromarray(picture).rotate(degrees, Image.Resampling.BILINEAR))
        assert (look_of(tilted, finder).eyes_open >= EYES_OPEN) is is_open


def test_a_smiling_face_that_looks_at_us_is_measured_as_one(finder: FaceFinder) -> None:
    look = look_of(portrait(), finder)
    assert abs(look.yaw_degrees) < 15
    assert look.smile > SMILING


def test_light_and_sharpness_are_those_of_the_face(finder: FaceFinder) -> None:
    usual, dark = look_of(portrait(), finder), look_of(portrait() // 2, finder)
    assert dark.luma == pytest.approx(usual.luma / 2, rel=0.05)
    soft = np.asarray(Image.fromarray(portrait()).filter(ImageFilter.GaussianBlur(2)))
    assert look_of(soft, finder).sharpness < usual.sharpness / 2


def test_a_face_that_the_border_cuts_is_said_to_be_cut(finder: FaceFinder) -> None:
    assert face_in(load("astronaut")[:, 205:460], finder).is_cut
    assert face_in(load("astronaut")[90:330, 120:340], finder).is_cut


def test_of_a_face_under_forty_pixels_nothing_is_claimed(finder: FaceFinder) -> None:
    small = face_in(scaled(load("astronaut"), 180), finder)
    assert small.side_pixels < 40
    assert small.expression is None
    large = face_in(scaled(load("astronaut"), 256), finder)
    assert large.side_pixels >= 40
    assert large.expression is not None


@pytest.mark.parametrize("left", [20, 300, 500])
def test_a_small_face_in_a_large_picture_is_found(finder: FaceFinder, left: int) -> None:
    picture = np.array(cover(load("landscape"), (640, 360)))
    picture[100:231, left : left + 120] = np.asarray(Image.fromarray(portrait()).resize((120, 131)))
    face = face_in(picture, finder)
    assert 40 <= face.side_pixels <= 64
    assert face.left * 640 < left + 57 < face.right * 640
    assert face.expression is not None


def test_the_size_of_the_file_does_not_matter(finder: FaceFinder) -> None:
    usual, large = (face_in(scaled(load("astronaut"), side), finder) for side in (640, 2000))
    assert usual.overlap(large) > 0.95
    assert usual.side_pixels == pytest.approx(large.side_pixels, rel=0.05)
