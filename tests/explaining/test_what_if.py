"""The smallest changes that move a score, by the shipped weights."""

from __future__ import annotations

import numpy as np
import pytest

from framepick.encoding.averages import CutNetwork
from framepick.explaining.edits import EDITS, Edit
from framepick.explaining.what_if import STEP, WhatIf, soft_mask
from framepick.model.card import default_weights
from framepick.sources.views import resize_view
from framepick.types import Pixels
from samples.clipmaker import load

BLURS = tuple(Edit("sharpness", amount) for amount in (-0.5, -1.0, -2.0))
ELSEWHERE = ((6, 6), (0, 6), (6, 0))
"""How many cells the marked part is moved by, down and across."""


@pytest.fixture(scope="module")
def network() -> CutNetwork:
    return CutNetwork(default_weights())


def view(network: CutNetwork, name: str) -> Pixels:
    return resize_view(load(name, (640, 480)), network.card.view)


@pytest.mark.parametrize("name", ["chelsea", "astronaut", "coffee", "rocket"])
def test_blurring_what_is_marked_costs_more_than_blurring_as_much_elsewhere(
    network: CutNetwork, name: str
) -> None:
    tried = WhatIf(network, view(network, name))
    marked = tried.smallest(-1, 0.05, BLURS)
    assert marked is not None
    edited = marked.edit.apply(view(network, name))
    elsewhere = [
        tried.score_of(tried.changed(edited, np.roll(marked.part, by, axis=(0, 1))))
        for by in ELSEWHERE
    ]
    assert marked.points < np.mean(elsewhere) - tried.score - 0.02


@pytest.mark.parametrize("direction", [1, -1])
def test_the_smallest_change_moves_the_score_by_a_step(network: CutNetwork, direction: int) -> None:
    tried = WhatIf(network, view(network, "chelsea"))
    change = tried.smallest(direction)
    assert change is not None
    assert change.points * direction >= STEP
    edited = change.edit.apply(view(network, "chelsea"))
    score = tried.score_of(tried.changed(edited, change.part))
    assert score - tried.score == pytest.approx(change.points)


def test_no_change_is_found_for_a_step_that_none_reaches(network: CutNetwork) -> None:
    assert WhatIf(network, view(network, "coffee")).smallest(1, step=50.0) is None


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_changes_what_it_is_called_by(edit: Edit) -> None:
    before = np.clip(load("coffee", (64, 64)).astype(np.int16), 40, 200).astype(np.uint8)
    after = edit.apply(before)

    def measure(picture: Pixels) -> float:
        pixels = picture.astype(np.float64)
        found = {
            "brightness": pixels.mean(),
            "contrast": pixels.mean(axis=2).std(),
            "warmth": (pixels[..., 0] - pixels[..., 2]).mean(),
            "saturation": (pixels.max(axis=2) - pixels.min(axis=2)).mean(),
            "sharpness": np.abs(np.diff(pixels, axis=0)).mean(),
        }
        return float(found[edit.name])

    assert (measure(after) > measure(before)) is edit.is_more


def test_a_part_at_a_border_changes_nothing_at_the_other() -> None:
    part = np.zeros((13, 13), np.bool_)
    part[:, 0] = True
    mask = soft_mask(part, 130)
    assert mask[:, :5].min() == 1.0
    assert 0.0 < mask[0, 10] < 1.0
    assert mask[:, 20:].max() == 0.0
