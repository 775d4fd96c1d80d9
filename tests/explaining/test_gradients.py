"""Which pixels a score hangs on, by guided back-propagation and by smooth gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from framepick.encoding.averages import CutNetwork
from framepick.explaining.gradients import GRID, GradientMaps, GuidedRectifiers, score_gradients
from framepick.explaining.what_if import WhatIf
from framepick.model.card import default_weights
from framepick.model.layers import Convolution
from framepick.model.networks import Network
from framepick.model.tiny import tiny_checkpoint
from framepick.sources.views import resize_view
from framepick.types import Floats, Pixels
from samples.clipmaker import load

MAPS: dict[str, Callable[[GradientMaps, Pixels], Floats]] = {
    "guided": GradientMaps.guided,
    "smooth": GradientMaps.smooth,
}
SHARE = 0.2
LEAST = {"guided": 0.1, "smooth": 0.25}
"""Points; by a network of noise it is 0.01 and 0.17."""


@pytest.fixture(scope="module")
def maps() -> GradientMaps:
    return GradientMaps(default_weights())


@pytest.fixture(scope="module")
def network() -> CutNetwork:
    return CutNetwork(default_weights())


def view_of(network: CutNetwork, name: str) -> Pixels:
    return resize_view(load(name, (640, 480)), network.card.view)


def slopes(rectify: Callable[[Tensor], Tensor], values: Any, after: list[float]) -> Tensor:
    """Gradients at `values` that reach through a rectifier from gradients `after` it."""
    at = torch.tensor(values, requires_grad=True)
    with GuidedRectifiers():
        [found] = torch.autograd.grad((rectify(at) * torch.tensor(after)).sum(), at)
    return found


def loss_without(tried: WhatIf, view: Pixels, strongest: Floats) -> float:
    """Points that the score loses when the strongest fifth of a map (G, G) is blurred."""
    chosen = strongest >= np.quantile(strongest, 1 - SHARE)
    mask = cv2.resize(chosen.astype(np.uint8), view.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    blurred = cv2.GaussianBlur(view, (0, 0), 12)
    return tried.score - tried.score_of(np.where(mask[..., None] > 0, blurred, view))


def test_relu6_passes_gradients_above_0_between_its_ends_only() -> None:
    found = slopes(functional.relu6, [-1.0, 3.0, 7.0, 3.0], [2.0, 2.0, 2.0, -2.0])
    assert found.tolist() == [0.0, 2.0, 0.0, 0.0]


def test_relu_passes_gradients_above_0_wherever_it_is_open() -> None:
    found = slopes(torch.nn.ReLU(), [-1.0, 3.0, 7.0, 3.0], [2.0, 2.0, 2.0, -2.0])
    assert found.tolist() == [0.0, 2.0, 2.0, 0.0]


def test_the_convolutions_of_networks_are_guided() -> None:
    layer = Convolution(1, 2, 1, stride=1, groups=1, active=True)
    layer.load_state_dict({"weight": torch.ones(2, 1, 1, 1), "bias": torch.zeros(2)})
    found = slopes(lambda maps: layer(maps)[0, :, 0, 0], [[[[2.0]]]], [1.0, -5.0])
    assert found.item() == 1.0  # plainly it would be -4


def test_a_gradient_is_what_the_score_changes_by() -> None:
    network, card = tiny_checkpoint(3)
    view = torch.rand((1, card.view.size, card.view.size, 3)) * 200 + 20
    step = torch.randn_like(view)
    expected = (norm(network, view + step) - norm(network, view - step)) / 2
    assert (score_gradients(network, view) * step).sum().item() == pytest.approx(expected, rel=0.02)


def norm(network: Network, view: Tensor) -> float:
    aesthetic, _ = network(view)
    return float(network.without_moment(aesthetic).double().norm())


@pytest.mark.parametrize("method", MAPS)
def test_blurring_what_the_score_hangs_on_costs_more_than_blurring_what_it_does_not(
    maps: GradientMaps, network: CutNetwork, method: str
) -> None:
    more = []
    for name in ("chelsea", "astronaut", "coffee"):
        view = view_of(network, name)
        found, tried = MAPS[method](maps, view), WhatIf(network, view)
        assert found.shape == (GRID, GRID)
        more.append(loss_without(tried, view, found) - loss_without(tried, view, -found))
    assert np.mean(more) > LEAST[method]


def test_the_noise_is_the_same_each_time(maps: GradientMaps, network: CutNetwork) -> None:
    view = view_of(network, "coffee")
    assert np.array_equal(maps.smooth(view), maps.smooth(view))
