"""The ways to learn, by their definitions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from framepick.taste import kernel_ridge, nearest, network
from framepick.taste.pictures import Pictures
from framepick.taste.ways import Examples, Way, fitted
from framepick.types import Floats
from tests.taste.made import judged, pictures, reference


def known() -> tuple[Pictures, Floats]:
    both = judged(pictures(6, 0, seed=1), pictures(6, 1, seed=2))
    return reference().scale.standard(both.pictures), np.where(both.liked, 1.0, -1.0)


def without(one: Pictures, row: int) -> Pictures:
    return one.of_rows(np.delete(np.arange(len(one)), row))


def test_ridge_left_one_out_as_if_it_was_fitted_without_it() -> None:
    shown, labels = known()
    found = kernel_ridge._left_out(  # one share, in closed form
        next(kernel_ridge._inverses(shown, np.ones(12))), labels[:, None]
    )
    for row in range(12):
        rest, shares = without(shown, row), kernel_ridge.SHARES[0]
        kernel = _kernel(rest, rest, shares)
        dual = np.linalg.solve(kernel + np.eye(11), np.delete(labels, row))
        one = shown.of_rows(np.array([row]))
        assert np.allclose(found[row], _kernel(one, rest, shares) @ dual, atol=1e-5)


def _kernel(one: Pictures, other: Pictures, shares: tuple[float, float]) -> Floats:
    content = np.exp(one.content @ other.content.T - 1).astype(np.float64)
    look = (one.look @ other.look.T).astype(np.float64)
    score = np.outer(one.scores, other.scores)
    found: Floats = shares[0] ** 2 * content + shares[1] ** 2 * look
    return found + kernel_ridge.SCORE_SHARE**2 * score


def test_a_fit_of_ridge_is_the_sum_of_its_shares() -> None:
    shown, labels = known()
    ranker = kernel_ridge.fit(shown, labels, np.ones(12))
    rest = labels - kernel_ridge.EXPECTED * shown.scores
    inverses = list(kernel_ridge._inverses(shown, np.ones(12)))
    errors = [
        np.mean((kernel_ridge._left_out(one, rest[:, None])[:, 0] - rest) ** 2) for one in inverses
    ]
    counts = kernel_ridge._counts(errors)
    wanted = sum(
        count * (_kernel(shown, shown, shares) @ inverse @ rest)
        for count, shares, inverse in zip(counts, kernel_ridge.SHARES, inverses, strict=True)
    )
    assert np.allclose(ranker.liking(shown), wanted, atol=1e-4)


def test_doubtful_pictures_count_less() -> None:
    shown, labels = known()
    doubt = np.where(labels > 0, 1.0, 1e6)
    ranker = kernel_ridge.fit(shown, labels, doubt)
    assert np.abs(ranker.weights[labels < 0]).max() < 1e-3 * np.abs(ranker.weights).max()


def test_nearest_left_one_out_as_if_it_was_not_known() -> None:
    shown, labels = known()
    found = nearest.held_out(shown, labels[:, None])
    for row in range(12):
        ranker = nearest.fit(without(shown, row), np.delete(labels, row))
        assert np.allclose(found[row], ranker.liking(shown.of_rows(np.array([row]))), atol=1e-6)


def test_without_dislikes_the_nearest_likes_alone_count() -> None:
    shown, labels = known()
    ranker = nearest.fit(shown.of_rows(labels > 0), np.ones(6))
    liking = ranker.liking(shown)
    assert liking[labels > 0].min() > liking[labels < 0].max()


def test_slopes_of_the_network_are_those_of_its_loss() -> None:
    shown, labels = known()
    inputs = network.inputs_of(shown)[None]
    layers = [one[None].astype(np.float64) for one in network.random_start(inputs.shape[2])]
    weights, expected = np.full((1, 12), 1 / 12), 0.25 * shown.scores[None]

    def loss() -> float:
        liking = network._forward(layers, inputs.astype(np.float64))[-1]
        odds = network._STEEPNESS * labels * (liking + expected)
        return float(np.sum(weights * np.log1p(np.exp(-odds)))) / network._STEEPNESS

    slopes = network._gradients(layers, inputs, expected, labels[None], weights)
    for layer, slope in zip(layers, slopes, strict=True):
        place = np.unravel_index(np.argmax(np.abs(slope)), slope.shape)
        layer[place] += 1e-4
        above = loss()
        layer[place] -= 2e-4
        below = loss()
        layer[place] += 1e-4
        assert np.isclose((above - below) / 2e-4, slope[place], rtol=2e-2)


def test_networks_that_are_fitted_at_once_are_those_that_are_fitted_alone() -> None:
    shown, labels = known()
    inputs = np.stack([network.inputs_of(shown)] * 2)
    scores, both = np.stack([shown.scores] * 2), np.stack([labels, -labels])
    weights = np.full((2, 12), 1 / 12)
    start = network.random_start(inputs.shape[2])
    together = network.fit(start, inputs, scores, both, weights)
    for at in range(2):
        some = slice(at, at + 1)
        alone = network.fit(start, inputs[some], scores[some], both[some], weights[some])
        for one, other in zip(together, alone, strict=True):
            assert np.allclose(one[at], other[0], atol=1e-6)


@pytest.mark.parametrize("way", [Way.NETWORK, Way.META])
def test_liking_by_a_network_spreads_as_that_of_other_ways_whatever_its_start(way: Way) -> None:
    steep = tuple(layer * 5 for layer in reference().start)
    held = replace(reference(), start=steep)
    both = judged(pictures(6, 0, seed=1), pictures(6, 1, seed=2))
    liking = fitted(way, Examples.of(both, held)).liking(held.standard)
    assert np.isclose(liking.std(), network.SPREAD, rtol=1e-3)
