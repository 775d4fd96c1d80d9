"""Crops keep faces whole, and otherwise the place that is worth most."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from framepick.config import OutputConfig
from framepick.cropping import LOOK_WORTH, PLACES, best_of, places_of
from framepick.faces.measures import Expression, Face
from framepick.results import Crop
from samples.clipmaker import numbered, write
from tests.command_line import framepick
from tests.tiny import tiny_weights

WIDE = np.zeros((200, 400, 3), np.uint8)


def face(
    centre: float,
    side: float = 0.1,
    yaw: float = 0.0,
    pixels: float = 60.0,
    sharpness: float = 0.01,
    height: float = 0.2,
) -> Face:
    """A face in the middle of the height, at `centre` of the width."""
    looks = Expression(yaw, 1.0, 1.0, 0.3, 0.0, 0.0, 0.5, sharpness)
    half = side / 2
    return Face(
        centre - half, 0.5 - height / 2, centre + half, 0.5 + height / 2, pixels, 0.9, looks
    )


def centre_of(crop: Crop) -> float:
    return crop.left + crop.width / 2


@pytest.mark.parametrize(("ratio", "size"), [("1:1", (200, 200)), ("9:16", (112, 200))])
def test_a_crop_is_as_large_as_its_shape_allows_and_moves_one_way(
    ratio: str, size: tuple[int, int]
) -> None:
    boxes = places_of(WIDE, ratio)
    assert len(boxes) == PLACES
    assert boxes[0][0] == 0.0
    assert boxes[-1][2] == pytest.approx(1.0)
    for left, top, right, bottom in boxes:
        assert (top, bottom) == (0.0, 1.0)
        crop = Crop(ratio, left, top, right - left, bottom - top, 0.0, True)
        assert crop.pixels_of(400, 200)[2:] == size
        assert sum(crop.pixels_of(400, 200)[::2]) <= 400


def test_a_crop_of_the_pictures_own_shape_is_all_of_it() -> None:
    assert places_of(WIDE, "2:1") == [(0.0, 0.0, 1.0, 1.0)]
    assert places_of(WIDE, "4:1")[PLACES // 2] == (0.0, 0.25, 1.0, 0.75)


def test_without_faces_the_place_of_the_highest_value_wins_by_what_it_gains() -> None:
    boxes, values = places_of(WIDE, "1:1"), np.zeros(PLACES)
    values[[4, 7]] = 1.0, 1.5
    crop = best_of("1:1", boxes, values, ())
    assert (crop.left, crop.gain, crop.keeps_faces) == (boxes[7][0], 0.5, True)


def test_a_face_is_kept_whole_whatever_else_is_worth() -> None:
    boxes, values = places_of(WIDE, "1:1"), np.zeros(PLACES)
    values[0] = 50.0
    crop = best_of("1:1", boxes, values, (face(0.8),))
    assert crop.keeps_faces
    assert crop.left + crop.width >= 0.85
    assert crop.gain is None  # the centre crop cuts it


def test_where_no_place_keeps_all_faces_the_larger_one_stays() -> None:
    faces = face(0.1, pixels=60), face(0.9, pixels=90)
    crop = best_of("1:1", places_of(WIDE, "1:1"), np.zeros(PLACES), faces)
    assert not crop.keeps_faces
    assert crop.left + crop.width > 0.95


def test_of_a_face_that_no_place_keeps_most_is_shown() -> None:
    crop = best_of("1:4", places_of(WIDE, "1:4"), np.zeros(PLACES), (face(0.75, side=0.3),))
    assert not crop.keeps_faces
    assert 0.6 <= crop.left <= crop.left + crop.width <= 0.9


def test_people_in_the_back_do_not_count() -> None:
    faces = face(0.2, pixels=100), face(0.9, pixels=30)
    assert best_of("1:1", places_of(WIDE, "1:1"), np.zeros(PLACES), faces).keeps_faces


def test_a_face_out_of_focus_beside_a_sharp_one_does_not_count() -> None:
    boxes, blurred = places_of(WIDE, "1:1"), face(0.9, sharpness=0.001)
    crop = best_of("1:1", boxes, np.zeros(PLACES), (blurred, face(0.1)))
    assert crop.keeps_faces
    assert crop.left < 0.1


def test_blurred_faces_behind_a_subject_do_not_pull_the_crop_away_from_it() -> None:
    boxes, values = places_of(WIDE, "1:1"), np.linspace(1.0, 0.0, PLACES)  # a subject at the left
    for other in (face(0.9), face(0.9, sharpness=0.0003, height=0.5)):
        assert best_of("1:1", boxes, values, (other,)).left + 0.5 > 0.9
    behind = face(0.9, sharpness=0.0003)
    assert best_of("1:1", boxes, values, (behind,)).left == 0.0
    assert best_of("1:1", boxes, values, (behind, behind)).left == 0.0


def test_a_face_too_small_to_tell_how_sharp_it_is_counts() -> None:
    boxes = places_of(WIDE, "1:1")
    tiny = replace(face(0.9, pixels=30), expression=None)
    assert best_of("1:1", boxes, np.linspace(1.0, 0.0, PLACES), (tiny,)).left + 0.5 > 0.9


@pytest.mark.parametrize("yaw", [-60.0, 60.0])
def test_a_face_has_room_where_it_looks(yaw: float) -> None:
    crop = best_of("1:1", places_of(WIDE, "1:1"), np.zeros(PLACES), (face(0.5, yaw=yaw),))
    assert (centre_of(crop) - 0.5) * yaw > 0
    assert crop.keeps_faces
    assert crop.gain is not None
    assert 0 < crop.gain <= LOOK_WORTH


@pytest.mark.parametrize("wrong", ["16:0", "16", "16:9:1", "a:b", "-1:2"])
def test_a_wrong_shape_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="such as 16:9"):
        OutputConfig(crops=(wrong,))


def test_crops_are_in_picks_json_and_as_pictures_beside_the_stills(tmp_path: Path) -> None:
    tiny_weights(tmp_path)
    write(tmp_path / "film.mp4", numbered(20), rate=10)
    options = "--crop", "1x1,9:16", "--crop-pictures", "-n", 2, "--weights", "tiny.safetensors"
    done = framepick(tmp_path, "pick", "film.mp4", "--no-cache", "-o", "out", *options)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "out" / "film.mp4"
    picks = json.loads((folder / "picks.json").read_text(encoding="utf-8"))["picks"]
    for pick in picks:
        with Image.open(folder / pick["still"]) as still:
            width, height = still.size
        assert [crop["ratio"] for crop in pick["crops"]] == ["1:1", "9:16"]
        for crop, share in zip(pick["crops"], (1, 9 / 16), strict=True):
            name = f"{Path(pick['still']).stem}_{crop['ratio'].replace(':', 'x')}.jpg"
            with Image.open(folder / name) as picture:
                assert picture.size == (
                    round(crop["width"] * width),
                    round(crop["height"] * height),
                )
                assert picture.size[0] / picture.size[1] == pytest.approx(share, abs=0.03)
