"""What people like and what they dislike is learnt from what a frozen network says."""

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
from framepick.training.beauty import BeautyDesk, BeautyRules, Scale
from framepick.training.fault_head import FindingRules, Lessons, deductions, train_finder
from framepick.training.feature_cache import LEVELS, Copies, Seen
from framepick.types import Floats, Vectors

SILENT: Callable[..., None] = lambda *_: None  # noqa: E731
CPU = choose_runtime("cpu")


pytestmark = pytest.mark.usefixtures("one_thread")


FEATURES, STATISTICS, USED, CLASSES = 8, 6, 4, 5
RULES = BeautyRules(penalty=1e-6, texture_share=0.8, appeal_share=0.0, invariance=0.0)


def seen_at_random(count: int, seed: int) -> Seen:
    chance = np.random.default_rng(seed)
    pooled, statistics = (
        chance.uniform(0.0, 2.0, (count, width)).astype(np.float32)
        for width in (FEATURES, STATISTICS)
    )
    return Seen(pooled, statistics)


def appeal_at_random() -> ClassAppeal:
    generator = torch.Generator().manual_seed(0)
    appeal = ClassAppeal(FEATURES, CLASSES).requires_grad_(False)
    appeal.classifier.weight.normal_(0.0, 1.5, generator=generator)
    appeal.classifier.bias.zero_()
    appeal.worth.copy_(torch.tensor([1.0, -3.0, 5.0, 0.0, 2.0]))
    appeal.temperatures.copy_(torch.tensor([1.0, 4.0]))
    return appeal


def desk_of(rules: BeautyRules, reference: Seen) -> BeautyDesk:
    return BeautyDesk(reference, appeal_at_random(), rules, USED)


def no_difference(desk: BeautyDesk) -> Floats:
    width = desk.columns(seen_at_random(2, 0)).shape[1]
    return np.zeros((width, width))


def fit_and_rate(rules: BeautyRules, seen: Seen, ratings: Floats, new: Seen) -> Floats:
    desk = desk_of(rules, seen)
    return desk.rate(desk.fit(desk.columns(seen), ratings, no_difference(desk)), new)


def test_a_linear_truth_is_found() -> None:
    chance = np.random.default_rng(0)
    seen, new = seen_at_random(300, 1), seen_at_random(50, 2)
    of_pooled, of_statistics = chance.normal(size=FEATURES), chance.normal(size=USED)
    truth = [
        s.pooled @ of_pooled + s.statistics[:, :USED] @ of_statistics + 3.0 for s in (seen, new)
    ]
    desk = desk_of(RULES, seen)
    beauty = desk.fit(desk.columns(seen), truth[0], no_difference(desk))
    assert np.allclose(beauty.pooled, of_pooled, atol=1e-4)
    assert np.allclose(beauty.statistics, of_statistics, atol=1e-4)
    assert beauty.bias == pytest.approx(3.0, abs=1e-3)
    assert np.allclose(desk.rate(beauty, new), truth[1], atol=1e-3)


def test_beauty_does_not_look_at_statistics_of_filters() -> None:
    seen = seen_at_random(100, 1)
    ratings = seen.statistics[:, -1].astype(np.float64)
    found = fit_and_rate(RULES, seen, ratings, seen)
    assert abs(spearman(found, ratings)) < 0.5
    other = Seen(seen.pooled, seen.statistics + np.eye(STATISTICS, dtype=np.float32)[-1])
    assert np.array_equal(found, fit_and_rate(RULES, seen, ratings, other))


@pytest.mark.parametrize("penalty", [1.0, 500.0])
def test_weights_as_they_come_say_what_ridge_on_standardised_columns_says(penalty: float) -> None:
    chance = np.random.default_rng(0)
    seen, new, reference = (seen_at_random(n, s) for n, s in ((60, 1), (20, 2), (90, 3)))
    ratings = chance.normal(4.0, 1.0, 60)
    rules = replace(RULES, penalty=penalty, appeal_share=8.0)
    desk = desk_of(rules, reference)
    columns = desk.columns(seen)
    middle = columns.mean(axis=0)
    gram = (columns - middle) @ (columns - middle).T + penalty * np.eye(60)  # the dual form
    weight = (columns - middle).T @ np.linalg.solve(gram, ratings - ratings.mean())
    expected = (desk.columns(new) - middle) @ weight + ratings.mean()
    found = desk.rate(desk.fit(columns, ratings, no_difference(desk)), new)
    assert np.allclose(found, expected, atol=1e-5)


def test_a_larger_share_makes_a_source_cheaper_to_use() -> None:
    seen, new = seen_at_random(200, 1), seen_at_random(100, 2)
    ratings = seen.statistics[:, 0].astype(np.float64)
    heard = [
        np.std(fit_and_rate(replace(RULES, penalty=200.0, texture_share=share), seen, ratings, new))
        for share in (0.0, 0.3, 3.0)
    ]
    assert heard[0] < heard[1] < heard[2]


def faulty_along(axis: int, count: int, seed: int) -> Copies:
    """Sets in which a fault moves one pooled feature by more and more."""
    sound = seen_at_random(count, seed)
    moved = np.repeat(sound.pooled, LEVELS, axis=0)
    moved[:, axis] -= np.tile(0.5 * np.arange(LEVELS), count)
    statistics = np.repeat(sound.statistics, LEVELS, axis=0)
    return Copies(Seen(moved, statistics), np.arange(count), np.arange(count) % len(KINDS))


def test_beauty_that_is_fined_for_it_agrees_on_a_picture_and_its_faulty_copies() -> None:
    chance = np.random.default_rng(0)
    seen, copies = seen_at_random(300, 1), faulty_along(0, 40, 2)
    truth = chance.normal(size=FEATURES)
    truth[0] = 2.0
    ratings = (seen.pooled @ truth).astype(np.float64)
    apart, agreement = [], []
    for invariance in (0.0, 1e6):
        desk = desk_of(replace(RULES, invariance=invariance), seen)
        beauty = desk.fit(desk.columns(seen), ratings, desk.differences(copies))
        sets = desk.rate(beauty, copies.seen).reshape(-1, LEVELS)
        apart.append(np.abs(sets[:, 1:] - sets[:, :1]).mean())
        others = seen.pooled[:, 1:] @ truth[1:]
        agreement.append(spearman(desk.rate(beauty, seen), others))
    assert apart[0] > 1.0
    assert apart[1] < 0.02 * apart[0]
    assert agreement[1] > max(0.9, agreement[0] + 0.2)


def test_differences_are_those_to_the_sound_copy_of_the_same_set() -> None:
    seen, copies = seen_at_random(200, 1), faulty_along(2, 10, 3)
    desk = desk_of(RULES, seen)
    found = desk.differences(copies)
    spread = Scale.of(seen.pooled).spread[2]
    expected = np.mean(np.square(0.5 * np.arange(1, LEVELS) / spread))
    assert found[2, 2] == pytest.approx(expected, rel=1e-4)
    assert np.allclose(np.delete(np.diag(found)[: FEATURES + USED], 2), 0.0)


def test_the_appeal_of_classes_helps_where_ratings_follow_it() -> None:
    seen, new = seen_at_random(80, 1), seen_at_random(300, 2)
    with torch.no_grad():
        worth = [
            appeal_at_random().expected(torch.from_numpy(s.pooled))[:, 0].double().numpy()
            for s in (seen, new)
        ]
    ratings = worth[0] + np.random.default_rng(0).normal(0.0, 0.3, 80)
    rules = replace(RULES, penalty=50.0)
    without = spearman(fit_and_rate(rules, seen, ratings, new), worth[1])
    within = fit_and_rate(replace(rules, appeal_share=8.0), seen, ratings, new)
    assert spearman(within, worth[1]) > max(0.95, without + 0.05)


# Finding faults

FINDING = FindingRules(
    hidden=16,
    epochs=30,
    batch=32,
    learning_rate=5e-3,
    weight_decay=0.01,
    dropout=0.1,
    grain=0.1,
    margin=0.15,
    calm=1.0,
    naming=0.3,
    cost=0.3,
)
SETS = 220


def faulty_statistics(growth: float, seed: int, wobble: float = 0.3) -> Copies:
    """Sets in which a fault makes the first column grow; sound pictures differ there by wobble."""
    chance = np.random.default_rng(seed)
    sound = chance.normal(0.0, 1.0, (SETS, 1, STATISTICS))
    sound[..., 0] *= wobble
    noise = chance.normal(0.0, 0.05, (SETS, LEVELS, STATISTICS))
    noise[..., 0] += growth * np.arange(LEVELS)
    rows = (sound + noise).reshape(-1, STATISTICS).astype(np.float32)
    seen = Seen(np.zeros((len(rows), FEATURES), np.float32), rows)
    return Copies(seen, np.arange(SETS), np.arange(SETS) % len(KINDS))


def sound_of(copies: Copies) -> Vectors:
    return copies.seen.statistics[::LEVELS]


def lessons_of(copies: Copies) -> Lessons:
    return Lessons((copies,), (np.zeros(len(copies.seen)),), (sound_of(copies),))


def taken_off(
    copies: Copies, new: Copies, rules: FindingRules = FINDING, seed: int = 0
) -> tuple[Floats, Floats]:
    """Deductions (Q, 4) of new sets, and those of the sound pictures among them."""
    scale = Scale.of(sound_of(copies))
    finder = train_finder(lessons_of(copies), scale, rules, seed)
    off = deductions(finder, scale, new.seen.statistics).reshape(-1, LEVELS)
    return off, off[:, 0]


@pytest.mark.parametrize("naming", [0.0, 0.3])
def test_copies_with_more_of_a_fault_lose_more_and_sound_pictures_lose_alike(
    naming: float,
) -> None:
    rules = replace(FINDING, naming=naming)
    off, sound = taken_off(faulty_statistics(1.0, 1), faulty_statistics(1.0, 2), rules)
    assert (np.diff(off, axis=1) > 0.0).mean() > 0.97
    assert sound.std() < 0.2 * np.diff(off, axis=1).mean()
    assert (off > 0.0).all()


def test_noise_wins_no_pairs() -> None:
    off, _ = taken_off(faulty_statistics(0.0, 1), faulty_statistics(0.0, 2))
    assert (off[:, 1:] > off[:, :1]).mean() == pytest.approx(0.5, abs=0.1)


def test_the_same_seed_gives_equal_values_and_another_seed_others() -> None:
    copies, short = faulty_statistics(1.0, 1), replace(FINDING, epochs=3)
    state = torch.get_rng_state()
    first, again, other = (taken_off(copies, copies, short, seed)[0] for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)
    assert torch.equal(state, torch.get_rng_state()), "the caller's chance is left alone"


def test_calm_keeps_sound_pictures_of_many_kinds_alike() -> None:
    copies, new = faulty_statistics(0.5, 1, wobble=1.5), faulty_statistics(0.5, 2, wobble=1.5)
    wild, calmed = (
        taken_off(copies, new, replace(FINDING, calm=calm))[1].std() for calm in (0.0, 5.0)
    )
    assert calmed < 0.7 * wild


def test_beauty_that_falls_with_a_fault_leaves_less_to_take_off() -> None:
    copies = faulty_statistics(1.0, 1)
    scale = Scale.of(sound_of(copies))
    fallen = np.tile(-3.0 * np.arange(LEVELS), SETS)
    found = []
    for beauty in (np.zeros(len(fallen)), fallen):
        lessons = replace(lessons_of(copies), beauty=(beauty,))
        finder = train_finder(lessons, scale, replace(FINDING, naming=0.0), 0)
        off = deductions(finder, scale, copies.seen.statistics).reshape(-1, LEVELS)
        found.append((off[:, -1] - off[:, 0]).mean())
    assert found[1] < 0.8 * found[0]


@pytest.mark.parametrize("steps", [1, 2, 9, 10, 11])
def test_a_finder_is_trained_in_however_few_steps(steps: int) -> None:
    copies = faulty_statistics(1.0, 1)
    rules = replace(FINDING, epochs=steps, batch=10 * SETS)
    off, _ = taken_off(copies, copies, rules)
    assert np.isfinite(off).all()
