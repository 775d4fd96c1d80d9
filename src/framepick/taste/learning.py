"""Learns a taste from what was judged, and finds out whether it helps.

Each way to learn says what it thinks of every judged picture without having seen that one. What it
is worth is the share of pairs, a like and a dislike, that it puts in the right order; chance is
what the best way reaches when the same judgements are dealt out anew.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from framepick.taste.pictures import Judged
from framepick.taste.ranker import STRENGTH, Ranker
from framepick.taste.reference import Reference
from framepick.taste.ways import Examples, Way, fitted, held_out
from framepick.types import Floats

LEAST_LIKES = 4
MOST_CHANCE = 0.01
"""A taste is used if random judgements are ordered as well with this probability at most."""
LEAST_GAIN = 0.02
"""What it has to order better than the general score."""
_DEALS = 400
_MARGIN = 1.0
"""Standard errors that another way has to be better by than kernel ridge, to be preferred."""
_LEAST_VARIANCE = 0.01
_EXPECTED_GAIN = 0.15
"""Least share of pairs over a half that more likes are expected to confirm."""
_SIGNIFICANT = 2.5
"""Standard errors over a half that chance seldom reaches."""


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What came of learning."""

    ranker: Ranker | None
    """None if none is known to help."""
    way: Way
    """The best way to learn."""
    accuracy: Mapping[str, float]
    """Share of pairs in the right order, each picture judged without having been seen, by way."""
    general_accuracy: float
    """The same by the general score."""
    chance: float
    """Probability that random judgements are ordered as well as by the best way."""
    missing_likes: int = 0
    """About so many more likes are needed; 0 if a taste is used or more would not help."""


def learn(judged: Judged, reference: Reference, seed: int = 0) -> Lesson:
    """Learn from judged pictures by each way, and take the best one if it helps."""
    if judged.like_count < LEAST_LIKES:
        return Lesson(None, Way.RIDGE, {}, 0.5, 1.0, LEAST_LIKES - judged.like_count)
    examples = Examples.of(judged, reference)
    labels, general = examples.labels[:, None], examples.pictures.scores[:, None]
    accuracy = {way: float(_accuracy(way, examples, labels)[0]) for way in Way}
    best = _best(accuracy, examples.like_count)
    by_score = float(right_pairs(general, labels)[0])
    chance = _chance(examples, accuracy[best], seed)
    helps = chance <= MOST_CHANCE and accuracy[best] >= by_score + LEAST_GAIN
    missing = 0 if chance <= MOST_CHANCE else _missing_likes(accuracy[best], judged.like_count)
    return Lesson(
        fitted(best, examples) if helps else None,
        best,
        {way.value: value for way, value in accuracy.items()},
        by_score,
        chance,
        missing,
    )


def right_pairs(values: Floats, labels: Floats) -> Floats:
    """Share (R,) of pairs of a like and another that `values` order right, by columns (n, R)."""
    places = values.argsort(axis=0, kind="stable").argsort(axis=0) + 1
    liked = labels > 0
    likes = liked.sum(axis=0)
    above = (places * liked).sum(axis=0) - likes * (likes + 1) / 2
    found: Floats = above / (likes * (len(labels) - likes))
    return found


def _accuracy(way: Way, examples: Examples, labels: Floats) -> Floats:
    """Share (R,) of pairs that a way orders right, for each column of `labels` (n, R)."""
    liking = held_out(way, examples, labels)
    return right_pairs(examples.pictures.scores[:, None] + STRENGTH * liking, labels)


def _best(accuracy: Mapping[Way, float], likes: int) -> Way:
    """Choose the way: kernel ridge, unless another one is better beyond doubt."""
    usual = accuracy[Way.RIDGE]
    doubt = _MARGIN * math.sqrt(max(usual * (1 - usual), _LEAST_VARIANCE) / likes)
    best = max(accuracy, key=lambda way: accuracy[way])
    return best if accuracy[best] > usual + doubt else Way.RIDGE


def _chance(examples: Examples, reached: float, seed: int) -> float:
    """Probability that random judgements of the same pictures reach as much."""
    random = np.random.default_rng(seed)
    deals = random.permuted(np.repeat(examples.labels[:, None], _DEALS, axis=1), axis=0)
    found = [_accuracy(way, examples, deals) for way in (Way.RIDGE, Way.NEAREST)]
    return float((1 + np.sum(np.max(found, axis=0) >= reached)) / (1 + _DEALS))


def _missing_likes(accuracy: float, likes: int) -> int:
    """About how many more likes, and as many dislikes, make what was reached more than chance."""
    gain = max(accuracy - 0.5, _EXPECTED_GAIN)
    needed = math.ceil((_SIGNIFICANT / gain) ** 2 / 6) + 1
    return max(2, needed - likes)
