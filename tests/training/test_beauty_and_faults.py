"""What people like and what they dislike is learnt from the features of a frozen network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from framepick.distortions import KINDS
from framepick.encoding.hardware import choose_runtime
from framepick.metrics import spearman
from framepick.model.heads import ClassAppeal
from framepick.training.beauty import BeautyConfig, BeautyRegression, Standardiser
from framepick.training.fault_head import (
    FaultExamples,
    FaultHeadConfig,
    deductions,
    train_fault_head,
)
from framepick.training.feature_cache import COPIES_PER_SET, DistortedCopies, Features
from framepick.types import Floats, Vectors

SILENT: Callable[..., None] = lambda *_: None  # noqa: E731
CPU = choose_runtime("cpu")


pytestmark = pytest.mark.usefixtures("one_thread")


FEATURES, STATISTICS, USED, CLASSES = 8, 6, 4, 5
RULES = BeautyConfig(penalty=1e-6, texture_share=0.8, appeal_share=0.0, invariance=0.0)


def random_features(count: int, seed: int) -> Features:
    rng = np.random.default_rng(seed)
    pooled, statistics = (
        rng.uniform(0.0, 2.0, (count, width)).astype(np.float32) for width in (FEATURES, STATISTICS)
    )
    return Features(pooled, statistics)


def appeal_at_random() -> ClassAppeal:
    generator = torch.Generator().manual_seed(0)
    appeal = ClassAppeal(FEATURES, CLASSES).requires_grad_(False)
    appeal.classifier.weight.normal_(0.0, 1.5, generator=generator)
    appeal.classifier.bias.zero_()
    appeal.worth.copy_(torch.tensor([1.0, -3.0, 5.0, 0.0, 2.0]))
    appeal.temperatures.copy_(torch.tensor([1.0, 4.0]))
    return appeal


def regression_on(rules: BeautyConfig, reference: Features) -> BeautyRegression:
    return BeautyRegression(reference, appeal_at_random(), rules, USED)


def no_difference(regression: BeautyRegression) -> Floats:
    width = regression.columns(random_features(2, 0)).shape[1]
    return np.zeros((width, width))


def fit_and_rate(rules: BeautyConfig, features: Features, ratings: Floats, new: Features) -> Floats:
    regression = regression_on(rules, features)
    return regression.rate(
        regression.fit(regression.columns(features), ratings, no_difference(regression)), new
    )


def test_a_linear_truth_is_found() -> None:
    rng = np.random.default_rng(0)
    features, new = random_features(300, 1), random_features(50, 2)
    of_pooled, of_statistics = rng.normal(size=FEATURES), rng.normal(size=USED)
    truth = [
        s.pooled @ of_pooled + s.statistics[:, :USED] @ of_statistics + 3.0 for s in (features, new)
    ]
    regression = regression_on(RULES, features)
    beauty = regression.fit(regression.columns(features), truth[0], no_difference(regression))
    assert np.allclose(beauty.pooled, of_pooled, atol=1e-4)
    assert np.allclose(beauty.statistics, of_statistics, atol=1e-4)
    assert beauty.bias == pytest.approx(3.0, abs=1e-3)
    assert np.allclose(regression.rate(beauty, new), truth[1], atol=1e-3)


def test_beauty_does_not_look_at_statistics_of_filters() -> None:
    features = random_features(100, 1)
    ratings = features.statistics[:, -1].astype(np.float64)
    found = fit_and_rate(RULES, features, ratings, features)
    assert abs(spearman(found, ratings)) < 0.5
    other = Features(
        features.pooled, features.statistics + np.eye(STATISTICS, dtype=np.float32)[-1]
    )
    assert np.array_equal(found, fit_and_rate(RULES, features, ratings, other))


@pytest.mark.parametrize("penalty", [1.0, 500.0])
def test_weights_as_they_come_say_what_ridge_on_standardised_columns_says(penalty: float) -> None:
    rng = np.random.default_rng(0)
    features, new, reference = (random_features(n, s) for n, s in ((60, 1), (20, 2), (90, 3)))
    ratings = rng.normal(4.0, 1.0, 60)
    rules = replace(RULES, penalty=penalty, appeal_share=8.0)
    regression = regression_on(rules, reference)
    columns = regression.columns(features)
    middle = columns.mean(axis=0)
    gram = (columns - middle) @ (columns - middle).T + penalty * np.eye(60)  # the dual form
    weight = (columns - middle).T @ np.linalg.solve(gram, ratings - ratings.mean())
    expected = (regression.columns(new) - middle) @ weight + ratings.mean()
    found = regression.rate(regression.fit(columns, ratings, no_difference(regression)), new)
    assert np.allclose(found, expected, atol=1e-5)


def test_a_larger_share_makes_a_source_cheaper_to_use() -> None:
    features, new = random_features(200, 1), random_features(100, 2)
    ratings = features.statistics[:, 0].astype(np.float64)
    heard = [
        np.std(
            fit_and_rate(replace(RULES, penalty=200.0, texture_share=share), features, ratings, new)
        )
        for share in (0.0, 0.3, 3.0)
    ]
    assert heard[0] < heard[1] < heard[2]


def distorted_along(axis: int, count: int, seed: int) -> DistortedCopies:
    """Sets in which a distortion moves one pooled feature by more and more."""
    clean = random_features(count, seed)
    moved = np.repeat(clean.pooled, COPIES_PER_SET, axis=0)
    moved[:, axis] -= np.tile(0.5 * np.arange(COPIES_PER_SET), count)
    statistics = np.repeat(clean.statistics, COPIES_PER_SET, axis=0)
    return DistortedCopies(
        Features(moved, statistics), np.arange(count), np.arange(count) % len(KINDS)
    )


def test_beauty_that_is_fined_for_it_agrees_on_a_picture_and_its_distorted_copies() -> None:
    rng = np.random.default_rng(0)
    features, copies = random_features(300, 1), distorted_along(0, 40, 2)
    truth = rng.normal(size=FEATURES)
    truth[0] = 2.0
    ratings = (features.pooled @ truth).astype(np.float64)
    apart, agreement = [], []
    for invariance in (0.0, 1e6):
        regression = regression_on(replace(RULES, invariance=invariance), features)
        beauty = regression.fit(
            regression.columns(features), ratings, regression.differences(copies)
        )
        sets = regression.rate(beauty, copies.features).reshape(-1, COPIES_PER_SET)
        apart.append(np.abs(sets[:, 1:] - sets[:, :1]).mean())
        others = features.pooled[:, 1:] @ truth[1:]
        agreement.append(spearman(regression.rate(beauty, features), others))
    assert apart[0] > 1.0
    assert apart[1] < 0.02 * apart[0]
    assert agreement[1] > max(0.9, agreement[0] + 0.2)


def test_differences_are_those_to_the_undistorted_copy_of_the_same_set() -> None:
    features, copies = random_features(200, 1), distorted_along(2, 10, 3)
    regression = regression_on(RULES, features)
    found = regression.differences(copies)
    spread = Standardiser.of(features.pooled).spread[2]
    expected = np.mean(np.square(0.5 * np.arange(1, COPIES_PER_SET) / spread))
    assert found[2, 2] == pytest.approx(expected, rel=1e-4)
    assert np.allclose(np.delete(np.diag(found)[: FEATURES + USED], 2), 0.0)


def test_the_appeal_of_classes_helps_where_ratings_follow_it() -> None:
    features, new = random_features(80, 1), random_features(300, 2)
    with torch.no_grad():
        worth = [
            appeal_at_random().expected(torch.from_numpy(s.pooled))[:, 0].double().numpy()
            for s in (features, new)
        ]
    ratings = worth[0] + np.random.default_rng(0).normal(0.0, 0.3, 80)
    rules = replace(RULES, penalty=50.0)
    without = spearman(fit_and_rate(rules, features, ratings, new), worth[1])
    within = fit_and_rate(replace(rules, appeal_share=8.0), features, ratings, new)
    assert spearman(within, worth[1]) > max(0.95, without + 0.05)


# The fault head

FINDING = FaultHeadConfig(
    hidden=16,
    epochs=30,
    batch=32,
    learning_rate=5e-3,
    weight_decay=0.01,
    dropout=0.1,
    grain=0.1,
    margin=0.15,
    calm=1.0,
    shrunken_calm=1.0,
    shrunken_step=0.0,
    naming=0.3,
    cost=0.3,
)
SETS = 220


def distorted_statistics(growth: float, seed: int, wobble: float = 0.3) -> DistortedCopies:
    """Sets whose first column grows with the distortion; it varies by `wobble` between pictures."""
    rng = np.random.default_rng(seed)
    clean = rng.normal(0.0, 1.0, (SETS, 1, STATISTICS))
    clean[..., 0] *= wobble
    noise = rng.normal(0.0, 0.05, (SETS, COPIES_PER_SET, STATISTICS))
    noise[..., 0] += growth * np.arange(COPIES_PER_SET)
    rows = (clean + noise).reshape(-1, STATISTICS).astype(np.float32)
    features = Features(np.zeros((len(rows), FEATURES), np.float32), rows)
    return DistortedCopies(features, np.arange(SETS), np.arange(SETS) % len(KINDS))


def sound_of(copies: DistortedCopies) -> Vectors:
    return copies.features.statistics[::COPIES_PER_SET]


def examples_of(copies: DistortedCopies) -> FaultExamples:
    return FaultExamples((copies,), (np.zeros(len(copies.features)),), (sound_of(copies),))


def taken_off(
    copies: DistortedCopies, new: DistortedCopies, rules: FaultHeadConfig = FINDING, seed: int = 0
) -> tuple[Floats, Floats]:
    """Deductions (Q, 4) of new sets, and those of the sound pictures among them."""
    standardiser = Standardiser.of(sound_of(copies))
    fault_head = train_fault_head(examples_of(copies), standardiser, rules, seed)
    off = deductions(fault_head, standardiser, new.features.statistics).reshape(-1, COPIES_PER_SET)
    return off, off[:, 0]


@pytest.mark.parametrize("naming", [0.0, 0.3])
def test_copies_that_are_distorted_more_lose_more_and_clean_pictures_lose_alike(
    naming: float,
) -> None:
    rules = replace(FINDING, naming=naming)
    off, clean = taken_off(distorted_statistics(1.0, 1), distorted_statistics(1.0, 2), rules)
    assert (np.diff(off, axis=1) > 0.0).mean() > 0.97
    assert clean.std() < 0.2 * np.diff(off, axis=1).mean()
    assert (off > 0.0).all()


def test_noise_wins_no_pairs() -> None:
    off, _ = taken_off(distorted_statistics(0.0, 1), distorted_statistics(0.0, 2))
    assert (off[:, 1:] > off[:, :1]).mean() == pytest.approx(0.5, abs=0.1)


def test_the_same_seed_gives_equal_values_and_another_seed_others() -> None:
    copies, short = distorted_statistics(1.0, 1), replace(FINDING, epochs=3)
    state = torch.get_rng_state()
    first, again, other = (taken_off(copies, copies, short, seed)[0] for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)
    assert torch.equal(state, torch.get_rng_state()), "the caller's chance is left alone"


def test_calm_keeps_clean_pictures_of_many_kinds_alike() -> None:
    copies, new = distorted_statistics(0.5, 1, wobble=1.5), distorted_statistics(0.5, 2, wobble=1.5)
    wild, calmed = (
        taken_off(copies, new, replace(FINDING, calm=calm))[1].std() for calm in (0.0, 5.0)
    )
    assert calmed < 0.7 * wild


def test_pictures_that_are_equally_small_lose_alike() -> None:
    """However different those are in the column that grows with the distortion."""
    copies, rng = distorted_statistics(1.0, 1), np.random.default_rng(3)
    standardiser = Standardiser.of(sound_of(copies))
    small = rng.normal(0.0, 1.0, (2, 300, STATISTICS)).astype(np.float32)
    small[..., 0] = rng.normal(4.0, 1.0, (2, 300))
    small[..., 1] = 6.0  # what tells that they are small
    spread = []
    for calm in (0.0, 3.0):
        examples = replace(examples_of(copies), shrunken=(small[0],))
        rules = replace(FINDING, shrunken_calm=calm)
        fault_head = train_fault_head(examples, standardiser, rules, 0)
        spread.append(deductions(fault_head, standardiser, small[1]).std())
    assert spread[1] < 0.5 * spread[0]


def test_smaller_pictures_lose_more_by_the_step_that_is_asked_for() -> None:
    copies, rng = distorted_statistics(1.0, 1), np.random.default_rng(3)
    standardiser = Standardiser.of(sound_of(copies))
    groups = rng.normal(0.0, 1.0, (2, 3, 300, STATISTICS)).astype(np.float32)
    groups[..., 1] += np.array([9.0, 6.0, 3.0])[:, None]  # the smallest first
    steps = {}
    for step in (0.0, 0.5):
        examples = replace(examples_of(copies), shrunken=tuple(groups[0]))
        rules = replace(FINDING, shrunken_calm=3.0, shrunken_step=step)
        fault_head = train_fault_head(examples, standardiser, rules, 0)
        lost = [deductions(fault_head, standardiser, group).mean() for group in groups[1]]
        steps[step] = -np.diff(lost)
    assert steps[0.5].min() > 0.3
    assert steps[0.5].min() > steps[0.0].min() + 0.2


def test_beauty_that_falls_with_a_distortion_leaves_less_to_take_off() -> None:
    copies = distorted_statistics(1.0, 1)
    standardiser = Standardiser.of(sound_of(copies))
    fallen = np.tile(-3.0 * np.arange(COPIES_PER_SET), SETS)
    found = []
    for beauty in (np.zeros(len(fallen)), fallen):
        examples = replace(examples_of(copies), beauty=(beauty,))
        fault_head = train_fault_head(examples, standardiser, replace(FINDING, naming=0.0), 0)
        off = deductions(fault_head, standardiser, copies.features.statistics).reshape(
            -1, COPIES_PER_SET
        )
        found.append((off[:, -1] - off[:, 0]).mean())
    assert found[1] < 0.8 * found[0]


@pytest.mark.parametrize("steps", [1, 2, 9, 10, 11])
def test_a_fault_head_is_trained_in_however_few_steps(steps: int) -> None:
    copies = distorted_statistics(1.0, 1)
    rules = replace(FINDING, epochs=steps, batch=10 * SETS)
    off, _ = taken_off(copies, copies, rules)
    assert np.isfinite(off).all()
