"""Triplets hold what the paper's rule says, come evenly, and come fast."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from framepick.training.triplets import ALPHA, BETA, fits, sample_triplets
from framepick.types import Floats


def by_the_rule(a: float, p: float, n: float, alpha: float, beta: float) -> bool:
    """Equation 3, letter by letter."""
    if n in (a, p):
        return False
    return all(alpha < abs(a - p) / abs(x - n) < beta for x in (a, p))


@pytest.mark.parametrize(("alpha", "beta"), [(0.3, 0.7), (0.1, 0.5), (0.0, 1.0)])
def test_the_rule_is_that_of_the_paper(alpha: float, beta: float) -> None:
    triples = np.random.default_rng(0).normal(size=(2000, 3))
    triples[::10, 1] = triples[::10, 0]
    triples[1::10, 2] = triples[1::10, 0]
    expected = [by_the_rule(a, p, n, alpha, beta) for a, p, n in triples]
    assert list(fits(*triples.T, alpha=alpha, beta=beta)) == expected
    assert 50 < sum(expected) < 1950


def test_every_triplet_of_a_sample_fits() -> None:
    scores = np.random.default_rng(1).gamma(2.0, size=500)
    rows = sample_triplets(scores, 3000, np.random.default_rng(2))
    assert rows.shape == (3000, 3)
    assert rows.dtype == np.int64
    anchor, positive, negative = scores[rows].T
    assert all(map(by_the_rule, anchor, positive, negative, [ALPHA] * 3000, [BETA] * 3000))


def test_like_pictures_are_alike_and_the_negative_lies_outside_them() -> None:
    scores = np.random.default_rng(1).normal(size=500)
    anchor, positive, negative = scores[sample_triplets(scores, 3000, np.random.default_rng(2))].T
    gap = np.abs(anchor - positive)
    assert (gap < np.abs(anchor - negative)).all()
    low, high = np.minimum(anchor, positive), np.maximum(anchor, positive)
    beyond = np.maximum(low - negative, negative - high) / gap
    assert beyond.min() > 1 / BETA - 1e-9
    assert beyond.max() < 1 / ALPHA - 1 + 1e-9


@pytest.mark.parametrize("shape", ["even", "normal", "skewed", "few values"])
def test_negatives_are_sometimes_better_and_sometimes_worse(shape: str) -> None:
    generator = np.random.default_rng(4)
    scores: Floats = {
        "even": generator.random(800),
        "normal": generator.normal(size=800),
        "skewed": generator.lognormal(size=800),
        "few values": generator.integers(1, 8, 800) / 1.0,
    }[shape]
    rows = sample_triplets(scores, 4000, generator)
    share = np.mean(scores[rows[:, 2]] > scores[rows[:, 0]])
    assert 0.3 < share < 0.7
    if shape in {"even", "normal"}:
        assert share == pytest.approx(0.5, abs=0.06)


def test_all_triplets_that_fit_are_equally_likely() -> None:
    scores = np.array([0.0, 1.0, 2.9, 3.6, 5.5, 8.0, 8.2, 9.9])
    valid = {
        t
        for t in itertools.permutations(range(len(scores)), 3)
        if by_the_rule(scores[t[0]], scores[t[1]], scores[t[2]], ALPHA, BETA)
    }
    rows = sample_triplets(scores, 20_000, np.random.default_rng(5))
    found, counts = np.unique(rows, axis=0, return_counts=True)
    assert {tuple(row) for row in found.tolist()} == valid
    expected = 20_000 / len(valid)
    assert np.square(counts - expected).sum() / expected < len(valid) + 5 * np.sqrt(2 * len(valid))


def test_the_same_seed_gives_the_same_triplets() -> None:
    scores = np.random.default_rng(1).random(100)
    first, again, other = (
        sample_triplets(scores, 64, np.random.default_rng(seed)) for seed in (7, 7, 8)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_as_many_come_as_are_asked_for() -> None:
    scores = np.random.default_rng(1).random(50)
    for count in (0, 1, 7, 5000):
        assert len(sample_triplets(scores, count, np.random.default_rng(0))) == count


def test_a_million_triplets_of_the_papers_380_000_scores_leave_few_pictures_out() -> None:
    scores = np.random.default_rng(0).random(380_000)
    rows = sample_triplets(scores, 1_000_000, np.random.default_rng(0))
    # a picture comes 2.6 times as anchor, not at all with probability 0.07
    assert len(np.unique(rows[:, 0])) > 0.85 * len(scores)


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        (np.full(300, 0.4), "no triplet fits"),
        (np.array([0.0, 1.0, 1.0, 0.0]), "2 different values"),
        (np.array([0.0, 1.0, 2.0]), "no triplet fits"),
        (np.array([0.1, 0.2]), "at least three"),
        (np.array([0.1, np.nan, 0.4, 0.9]), "finite"),
        (np.zeros((4, 2)), "three finite scores"),
    ],
)
def test_scores_that_hold_no_triplet_are_refused(scores: Floats, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        sample_triplets(scores, 8, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("alpha", "beta", "reason"),
    [
        (0.4, 0.6, r"alpha must be below beta / \(1 \+ beta\) = 0.375"),
        (0.7, 0.3, "alpha < beta"),
        (-0.1, 0.5, "0 <= alpha"),
        (0.3, 1.2, "beta <= 1"),
    ],
)
def test_bounds_that_leave_no_room_are_refused(alpha: float, beta: float, reason: str) -> None:
    scores = np.random.default_rng(0).random(100)
    with pytest.raises(ValueError, match=reason):
        sample_triplets(scores, 8, np.random.default_rng(0), alpha=alpha, beta=beta)
