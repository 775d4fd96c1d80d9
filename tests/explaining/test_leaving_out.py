"""Which parts of a picture lift its score, by the shipped weights."""

from __future__ import annotations

import numpy as np
import pytest

from framepick.aesthetic import load_model
from framepick.distortions import KINDS
from framepick.encoding.averages import CutNetwork
from framepick.explaining.faults import FAULTS, by_name
from framepick.explaining.leaving_out import GRID, leave_out
from framepick.model.card import default_weights
from framepick.sources.views import resize_view
from framepick.types import Pixels
from samples.clipmaker import load
from tests.explaining.planted import cells_within, with_bright_spot

SPOTS = ((0.1, 0.1, 0.4, 0.4), (0.6, 0.1, 0.9, 0.4), (0.1, 0.6, 0.4, 0.9), (0.55, 0.5, 0.85, 0.8))
OVEREXPOSED = FAULTS.index("overexposure")


@pytest.fixture(scope="module")
def network() -> CutNetwork:
    return CutNetwork(default_weights())


def view_of(network: CutNetwork, picture: Pixels) -> Pixels:
    return resize_view(picture, network.card.view)


@pytest.mark.parametrize("name", ["chelsea", "coffee", "rocket"])
def test_the_whole_picture_scores_as_it_does_elsewhere(network: CutNetwork, name: str) -> None:
    view = view_of(network, load(name, (640, 480)))
    model = load_model()
    [score] = model.scorer.score(model.encode_views(view[None]))
    assert leave_out(network, view).score == pytest.approx(score, abs=0.02)


@pytest.mark.parametrize("spot", SPOTS)
@pytest.mark.parametrize("name", ["chelsea", "astronaut"])
def test_a_burnt_out_spot_is_where_the_picture_is_over_exposed(
    network: CutNetwork, name: str, spot: tuple[float, float, float, float]
) -> None:
    picture = with_bright_spot(load(name, (640, 480)), spot)
    added = leave_out(network, view_of(network, picture)).fault_gains[:, :, OVEREXPOSED]
    inside = cells_within(spot, GRID) > 0
    assert added[inside].mean() > 0.0005 + added[~inside].mean()


def test_names_of_faults_are_those_that_weights_are_taught() -> None:
    assert FAULTS == KINDS


def test_other_faults_have_no_names() -> None:
    assert by_name(np.zeros(3)) == {}
