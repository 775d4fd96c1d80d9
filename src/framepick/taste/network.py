"""Liking by a small network of three layers, from a start that is given, by a few steps.

Several networks are fitted at once, one for each of R sets of pictures, in the first axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framepick.shape_repr import ShapeRepr
from framepick.taste.kernel_ridge import EXPECTED
from framepick.taste.pictures import Pictures
from framepick.types import Floats, Vectors

Layers = tuple[Vectors, ...]
"""Weights (inputs, units) and biases (units,) of each layer; (R, ...) of several networks."""

UNITS = (24, 12, 1)
STEPS = 10
CONTENT_SCALE, LOOK_SCALE, SCORE_SCALE = 3.0, 0.5, 0.3
RATE = 0.01
_STEEPNESS = 2.0
"""Log odds of a like for a liking of 1."""
SPREAD = 0.35
"""Deviation of liking over photographs at large, about that of the other ways to learn: how steep
the network is depends on its start, and would else drown the general score."""
_MEAN_DECAY, _SQUARE_DECAY, _TINY = 0.9, 0.99, 1e-8


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Network(ShapeRepr):
    """One fitted network; pictures come in deviations (see `pictures.Scale`)."""

    layers: Layers

    def liking(self, pictures: Pictures) -> Floats:
        """Liking (N,), about 1 for what is liked and -1 for what is disliked."""
        first = _first(self.layers, pictures)
        return np.asarray(_forward(self.layers[2:], np.tanh(first))[-1], np.float64)


def inputs_of(pictures: Pictures) -> Vectors:
    """Give what the network takes, (N, C + L + 1)."""
    parts = (
        pictures.content * CONTENT_SCALE,
        pictures.look * LOOK_SCALE,
        pictures.scores[:, None] * SCORE_SCALE,
    )
    return np.concatenate(parts, axis=1).astype(np.float32)


def _first(layers: Layers, pictures: Pictures) -> Vectors:
    """Give what the first layer adds up of `inputs_of` pictures, without putting those together."""
    content, look, score = np.split(
        layers[0], np.cumsum([pictures.content.shape[1], pictures.look.shape[1]])
    )
    scores = pictures.scores.astype(np.float32)[:, None]
    return (
        pictures.content @ (content * np.float32(CONTENT_SCALE))
        + pictures.look @ (look * np.float32(LOOK_SCALE))
        + scores * (score * np.float32(SCORE_SCALE))
        + layers[1]
    )


def random_start(width: int, seed: int = 0) -> Layers:
    """Give a network that knows nothing, for inputs of `width` columns."""
    random = np.random.default_rng(seed)
    layers: list[Vectors] = []
    gains = (3.0, 1.0, 0.1)
    for inputs, units, gain in zip((width, *UNITS), UNITS, gains, strict=False):
        weights = random.standard_normal((inputs, units)) * gain / np.sqrt(inputs)
        layers += [weights.astype(np.float32), np.zeros(units, np.float32)]
    return tuple(layers)


def shapes(width: int) -> list[tuple[int, ...]]:
    """Shapes of the layers of a network for inputs of `width` columns."""
    return [one.shape for one in random_start(width)]


def fit(
    start: Layers,
    inputs: Vectors,
    scores: Floats,
    labels: Floats,
    weights: Floats,
    steps: int = STEPS,
) -> Layers:
    """Fit R networks (R, ...) from a `start`, one or R, by Adam's steps.

    Parameters
    ----------
    inputs
        (R, n, D) what `inputs_of` gives of the pictures of each network.
    scores
        (R, n) general scores in deviations, which count as is expected beside the network.
    labels
        (R, n) 1 for a like, -1 for a dislike.
    weights
        (R, n) what each picture counts, 0 for one that is left out.
    """
    count = len(inputs)
    layers = [_of_each(one, count, at % 2 == 0) for at, one in enumerate(start)]
    means: list[Any] = [0.0] * len(layers)
    squares: list[Any] = [0.0] * len(layers)
    expected = EXPECTED * scores
    for step in range(1, steps + 1):
        slopes = _gradients(layers, inputs, expected, labels, weights)
        for at, slope in enumerate(slopes):
            means[at] = _MEAN_DECAY * means[at] + (1 - _MEAN_DECAY) * slope
            squares[at] = _SQUARE_DECAY * squares[at] + (1 - _SQUARE_DECAY) * slope * slope
            size = np.sqrt(squares[at] / (1 - _SQUARE_DECAY**step)) + _TINY
            layers[at] = layers[at] - RATE / (1 - _MEAN_DECAY**step) * means[at] / size
    return tuple(layers)


def to_scale(layers: Layers, pictures: Pictures) -> Layers:
    """Give R networks (R, ...) whose liking of `pictures` spreads by `SPREAD`."""
    liking = _forward(layers, inputs_of(pictures)[None])[-1]  # (R, N)
    gain = (SPREAD / np.maximum(liking.std(axis=1), _TINY)).astype(np.float32)
    return (*layers[:-2], layers[-2] * gain[:, None, None], layers[-1] * gain[:, None])


def _of_each(layer: Vectors, count: int, is_weight: bool) -> Vectors:
    """Give a copy of a layer for each of `count` networks, unless it has one for each already."""
    single = layer.ndim == (2 if is_weight else 1)
    return np.repeat(layer[None], count, axis=0) if single else layer.copy()


def _forward(layers: Sequence[NDArray[Any]], inputs: NDArray[Any]) -> list[NDArray[Any]]:
    """Give what each layer puts out, the last without its column."""
    found = [inputs]
    for at in range(0, len(layers), 2):
        total = found[-1] @ layers[at] + layers[at + 1][..., None, :]
        found.append(np.tanh(total) if at + 2 < len(layers) else total)
    return [*found[1:-1], found[-1][..., 0]]


def _gradients(
    layers: Sequence[NDArray[Any]],
    inputs: Vectors,
    expected: Floats,
    labels: Floats,
    weights: Floats,
) -> list[NDArray[np.float32]]:
    """Slopes of the logistic loss of likes and dislikes, by layer."""
    *hidden, liking = _forward(layers, inputs)
    odds = np.clip(_STEEPNESS * labels * (liking + expected), -30, 30)
    slope = (-labels * weights / (1 + np.exp(odds)))[..., None].astype(np.float32)
    found: list[NDArray[np.float32]] = []
    for at in reversed(range(0, len(layers), 2)):
        below = hidden[at // 2 - 1] if at else inputs
        found[:0] = [_transposed(below) @ slope, slope.sum(axis=-2)]
        if at:
            slope = (slope @ _transposed(layers[at])) * (1 - below * below)
    return found


def _transposed(matrix: Vectors) -> Vectors:
    return np.swapaxes(matrix, -1, -2)
