"""The ways to learn a taste, and what each says of judged pictures that it has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from framepick.taste import kernel_ridge, nearest, network
from framepick.taste.pictures import Judged, Pictures, joined
from framepick.taste.ranker import Ranker
from framepick.taste.reference import Reference
from framepick.types import Flags, Floats, Rows

FEW_DISLIKES = 5
"""With fewer dislikes, photographs at large stand in for them."""
MOST_JUDGED = 400
"""Most likes, and most dislikes, that are learnt from; of more, some evenly spread."""
_DOUBT, _STORED_DOUBT = 1.0, 10.0
"""Variance of what a judgement says, and of what an unjudged photograph says."""
_FOLDS = 5


class Way(StrEnum):
    """Ways to learn."""

    RIDGE = "kernel ridge"
    NEAREST = "nearest likes"
    NETWORK = "network"
    META = "network, learnt start"


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """What is learnt from, in deviations: judged pictures, and stored ones where dislikes lack."""

    pictures: Pictures
    labels: Floats
    """(n,) 1 for a like, -1 for any other."""
    is_stored: Flags
    """(n,)"""
    start: network.Layers
    """The learnt start of networks."""
    stored: Pictures
    """Photographs at large, in deviations."""

    @staticmethod
    def of(judged: Judged, reference: Reference) -> Examples:
        """Take what is learnt from."""
        rows = np.concatenate([_some(np.flatnonzero(one)) for one in (judged.liked, ~judged.liked)])
        pictures = reference.scale.standard(judged.pictures.of_rows(rows))
        labels = np.where(judged.liked[rows], 1.0, -1.0)
        stored = reference.standard
        if judged.dislike_count < FEW_DISLIKES:
            pictures = joined([pictures, stored])
            labels = np.concatenate([labels, -np.ones(len(stored))])
        is_stored = np.arange(len(labels)) >= len(rows)
        return Examples(pictures, labels, is_stored, reference.start, stored)

    @property
    def like_count(self) -> int:
        return int((self.labels > 0).sum())

    @property
    def doubt(self) -> Floats:
        """Variance (n,) of each label."""
        return np.where(self.is_stored, _STORED_DOUBT, _DOUBT)

    @property
    def weights(self) -> Floats:
        """What each picture (n,) counts: stored ones together as much as those judged."""
        judged, stored = int((~self.is_stored).sum()), int(self.is_stored.sum())
        return np.where(self.is_stored, judged / max(stored, 1), 1.0)


def held_out(way: Way, examples: Examples, labels: Floats) -> Floats:
    """Liking (n, R) of each picture by what the others teach, for each column of labels (n, R)."""
    if way == Way.RIDGE:
        return kernel_ridge.held_out(examples.pictures, labels, examples.doubt)
    if way == Way.NEAREST:
        return nearest.held_out(examples.pictures, labels)
    columns = [_by_folds(way, examples, one) for one in labels.T]
    return np.stack(columns, axis=1)


def fitted(way: Way, examples: Examples) -> Ranker:
    """Learn from all examples."""
    pictures, labels = examples.pictures, examples.labels
    if way == Way.RIDGE:
        return kernel_ridge.fit(pictures, labels, examples.doubt)
    if way == Way.NEAREST:
        return nearest.fit(pictures, labels)
    layers = _networks(way, examples, labels, np.ones((1, len(labels)), np.bool_))
    return network.Network(tuple(layer[0] for layer in layers))


def _some(rows: Rows) -> Rows:
    if len(rows) <= MOST_JUDGED:
        return rows
    return rows[np.linspace(0, len(rows) - 1, MOST_JUDGED).round().astype(np.int64)]


def _by_folds(way: Way, examples: Examples, labels: Floats) -> Floats:
    """Liking (n,) of each picture by a network that was fitted to the other folds."""
    places = np.empty(len(labels), np.int64)
    for kind in (labels > 0, labels <= 0):
        places[kind] = np.arange(int(kind.sum())) % _FOLDS
    is_left_out = places[None] == np.arange(_FOLDS)[:, None]  # (folds, n)
    layers = _networks(way, examples, labels, ~is_left_out)
    found = np.empty(len(labels))
    for fold, rows in enumerate(is_left_out):
        one = network.Network(tuple(layer[fold] for layer in layers))
        found[rows] = one.liking(examples.pictures.of_rows(rows))
    return found


def _networks(way: Way, examples: Examples, labels: Floats, taught: Flags) -> network.Layers:
    """Fit a network to each row of the pictures `taught` (R, n)."""
    inputs = network.inputs_of(examples.pictures)
    start = examples.start if way == Way.META else network.random_start(inputs.shape[1])
    weights = examples.weights * taught
    count, shape = len(taught), taught.shape
    layers = network.fit(
        start,
        np.broadcast_to(inputs, (count, *inputs.shape)),
        np.broadcast_to(examples.pictures.scores, shape),
        np.broadcast_to(labels, shape),
        weights / weights.sum(axis=1, keepdims=True),
    )
    return network.to_scale(layers, examples.stored)
