"""A face found by the detector is mapped to the right place of the picture."""

import numpy as np
import pytest

from framepick.faces.crops import CROP_SIDE, cut, letterbox, tiles, to_picture, upright_crop
from framepick.faces.detection import anchors, decode, merged


def _outputs(*boxes: tuple[int, float]) -> tuple[np.ndarray, np.ndarray]:
    regressors, logits = np.zeros((896, 16), np.float32), np.full(896, -200, np.float32)
    for anchor, logit in boxes:
        regressors[anchor, 2:4], logits[anchor] = 32, logit
    return regressors, logits


def test_a_box_lies_at_its_anchor() -> None:
    found = decode(*_outputs((600, 3.0)))
    np.testing.assert_allclose(found.centres[0], anchors()[600], atol=1e-6)
    np.testing.assert_allclose(found.sizes[0], 0.25)


def test_boxes_of_one_face_are_merged_and_those_of_two_are_not() -> None:
    assert len(decode(*_outputs((600, 3.0), (601, 1.0))).scores) == 1
    assert len(decode(*_outputs((512, 3.0), (895, 1.0))).scores) == 2


def test_a_face_that_two_parts_of_a_picture_show_is_one() -> None:
    one, other = decode(*_outputs((600, 3.0))), decode(*_outputs((601, 1.0)))
    assert len(merged([one, other]).scores) == 1


@pytest.mark.parametrize("size", [(640, 360), (640, 480), (640, 640), (270, 640), (400, 200)])
def test_every_small_face_lies_whole_in_some_tile(size: tuple[int, int]) -> None:
    found = tiles(*size, side=360, overlap=64)
    assert len(found) <= 4
    for left in range(0, size[0] - 63, 4):
        for top in range(0, size[1] - 63, 4):
            assert any(
                x <= left and y <= top and left + 64 <= right and top + 64 <= bottom
                for x, y, right, bottom in found
            )


def test_a_picture_may_have_no_face() -> None:
    assert decode(*_outputs()).points.shape == (0, 6, 2)


def test_a_mark_found_in_the_letterbox_is_mapped_back_to_its_pixel() -> None:
    picture = np.zeros((360, 640, 3), np.uint8)
    picture[100:120, 500:520] = 255
    square, transform = letterbox(picture, 128)
    rows, columns = np.nonzero(square[..., 0] > 128)
    centre = np.array([columns.mean() + 0.5, rows.mean() + 0.5])
    np.testing.assert_allclose(to_picture(centre, transform), (510, 110), atol=4)


def test_a_tilted_face_is_level_in_its_crop() -> None:
    picture = np.zeros((300, 300, 3), np.uint8)
    eyes = np.array([[120, 120], [160, 160]], np.float32)
    for x, y in eyes.astype(int):
        picture[y - 3 : y + 4, x - 3 : x + 4] = 255
    crop = cut(
        picture,
        upright_crop(np.array([150, 150], np.float32), np.array([90, 90], np.float32), eyes),
    )
    rows, columns = np.nonzero(crop[..., 0] > 128)
    right = columns > CROP_SIDE / 2
    assert abs(rows[right].mean() - rows[~right].mean()) < 2
