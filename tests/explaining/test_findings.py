"""What is measured to be wrong at a place of a picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from framepick.explaining.findings import Finding, FindingKind, findings_of
from framepick.explaining.regions import Box
from framepick.types import Pixels
from samples.clipmaker import load
from tests.explaining.planted import with_blurred_patch, with_bright_spot

PLACES = ((0.1, 0.1, 0.4, 0.4), (0.35, 0.3, 0.65, 0.6), (0.55, 0.5, 0.85, 0.8))


def found(picture: Pixels, kind: FindingKind) -> list[Finding]:
    return [one for one in findings_of(picture) if one.kind is kind]


def overlap(one: Box, other: Box) -> float:
    """Share that two boxes have in common, of what both cover."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    both = max(across, 0.0) * max(down, 0.0)
    sizes = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return both / (sum(sizes) - both)


def seascape(degrees: float) -> Pixels:
    """Sky, a horizon and waves, turned so that the right end of the horizon is lower."""
    waves = np.random.default_rng(3).normal(80, 12, (480, 640, 3))
    sea = np.asarray(cv2.GaussianBlur(waves, (0, 0), 3), np.float64)
    sea[:220] = np.linspace(200, 230, 220)[:, None, None]
    return turned(np.clip(sea, 0, 255).astype(np.uint8), degrees)


def house() -> Pixels:
    """A wall with tall windows, and nothing level that is long."""
    wall = np.full((480, 640, 3), 170, np.uint8)
    for left in range(60, 580, 90):
        wall[60:420, left : left + 30] = 60
    return wall


def turned(picture: Pixels, degrees: float) -> Pixels:
    turn = cv2.getRotationMatrix2D((320, 240), -degrees, 1.25)
    return np.asarray(cv2.warpAffine(picture, turn, (640, 480)))


@pytest.mark.parametrize("box", PLACES)
@pytest.mark.parametrize("name", ["coffee", "astronaut"])
def test_a_blurred_patch_is_soft(name: str, box: Box) -> None:
    clear = np.random.default_rng(1).normal(0, 25, (480, 640, 1))
    picture = np.clip(load(name, (640, 480)) + clear, 0, 255).astype(np.uint8)
    [soft] = found(with_blurred_patch(picture, box), FindingKind.SOFT)
    assert overlap(soft.box, box) > 0.5
    assert found(picture, FindingKind.SOFT) == []


def test_a_background_out_of_focus_is_no_soft_spot() -> None:
    clear = np.random.default_rng(1).normal(0, 25, (480, 640, 1))
    picture = np.clip(load("astronaut", (640, 480)) + clear, 0, 255).astype(np.uint8)
    behind = with_blurred_patch(picture, (0.0, 0.0, 1.0, 0.25))
    assert found(behind, FindingKind.SOFT) == []


@pytest.mark.parametrize("box", PLACES)
def test_a_bright_spot_is_burnt_out(box: Box) -> None:
    picture = np.minimum(load("chelsea", (640, 480)), 240)
    [spot] = found(with_bright_spot(picture, box), FindingKind.BURNT_OUT)
    assert overlap(spot.box, box) > 0.2
    assert found(picture, FindingKind.BURNT_OUT) == []


@pytest.mark.parametrize("degrees", [-7.0, -3.0, 2.5, 6.0])
def test_a_tilted_horizon_leans_by_as_much(degrees: float) -> None:
    [line] = found(seascape(degrees), FindingKind.LEANING)
    assert line.values["degrees"] == pytest.approx(degrees, abs=0.75)
    assert drawn(line) == pytest.approx(degrees, abs=2)


def drawn(line: Finding) -> float:
    """Degrees that the line leans by that is drawn over a picture of 640 x 480 pixels."""
    across = (line.values["to_x"] - line.values["from_x"]) * 640
    down = (line.values["to_y"] - line.values["from_y"]) * 480
    return float(np.degrees(np.arctan2(down, across)) + 45) % 90 - 45


@pytest.mark.parametrize("degrees", [-5.0, 4.0])
def test_a_house_without_a_horizon_leans_by_as_much(degrees: float) -> None:
    [line] = found(turned(house(), degrees), FindingKind.LEANING)
    assert line.values["degrees"] == pytest.approx(degrees, abs=0.75)
    assert found(house(), FindingKind.LEANING) == []


def test_a_slope_in_a_picture_with_straight_lines_is_none() -> None:
    picture = house()
    cv2.line(picture, (0, 440), (639, 470), (20, 20, 20), 3)
    assert found(picture, FindingKind.LEANING) == []


def test_a_level_horizon_does_not_lean() -> None:
    assert found(seascape(0.0), FindingKind.LEANING) == []


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 900, 3), (40, 40, 3)])
def test_nothing_is_found_in_pictures_that_show_nothing(shape: tuple[int, int, int]) -> None:
    assert findings_of(np.full(shape, 128, np.uint8)) == ()
