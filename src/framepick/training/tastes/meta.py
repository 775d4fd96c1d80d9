"""A start of networks that a few steps adapt to a person, learnt over many invented people.

The two-level gradient of BLG-PIAA, in its first order: from the start, steps on what a person has
judged, then steps on other judgements of the same person; the start moves towards where these end.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from framepick.taste import network
from framepick.taste.pictures import Scale
from framepick.training.tastes.facts import Facts
from framepick.training.tastes.people import half_of_themes, invented, judge
from framepick.types import Flags, Rows

ROUNDS = 200
_PEOPLE = 12
_STEPS = 8
_STEP = 0.5
_JUDGED = 10


def learnt_start(
    facts: Facts,
    scale: Scale,
    seen: Flags,
    without: Collection[str] = (),
    rounds: int = ROUNDS,
    seed: int = 0,
) -> network.Layers:
    """Learn a start over people who judge what is `seen` (N,) and care for no fact `without`."""
    random = np.random.default_rng((seed, ROUNDS))  # no stream that picked what is seen
    standard = scale.standard(facts.pictures)
    inputs = network.inputs_of(standard)
    labels = np.tile(np.repeat([1.0, -1.0], _JUDGED), (_PEOPLE, 1))
    weights = np.full(labels.shape, 1 / labels.shape[1])
    start = network.random_start(inputs.shape[1], seed)

    def adapted(layers: network.Layers, rows: Rows) -> network.Layers:
        return network.fit(
            layers, inputs[rows], standard.scores[rows], labels, weights, steps=_STEPS
        )

    for done in range(rounds):
        first, second = _judgements(facts, seen, without, random)
        found = adapted(adapted(start, first), second)
        step = _STEP * (1 - done / rounds)
        start = tuple(
            (old + step * (new.mean(axis=0) - old)).astype(np.float32)
            for old, new in zip(start, found, strict=True)
        )
    return start


def _judgements(
    facts: Facts, seen: Flags, without: Collection[str], random: np.random.Generator
) -> tuple[Rows, Rows]:
    """Judgements (people, 2 n) of invented people, and others of theirs of other themes."""
    half = half_of_themes(facts, random)
    pairs = []
    for _ in range(_PEOPLE):
        worth = invented(facts, random, without).worth(facts, random)
        both = [judge(worth, seen & side, random, _JUDGED, _JUDGED) for side in (half, ~half)]
        pairs.append([np.concatenate(one) for one in both])
    return np.array([one[0] for one in pairs]), np.array([one[1] for one in pairs])
