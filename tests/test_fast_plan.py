"""The fast plan, replayed on scores that are known throughout: nothing is decoded here."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from framepick.plans import FastPlan
from framepick.types import MEASURES_DTYPE, Floats, Samples, Span, Timeline

RATE = 25


def film(seed: int, seconds: float = 180.0, gop_seconds: float = 2.0) -> tuple[Timeline, Floats]:
    """Give a film of shots, with a key frame at each cut, and the score of every frame."""
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE)
    scores, key = np.empty(count), np.zeros(count, np.bool_)
    start = 0
    while start < count:
        length = min(count - start, round(rng.uniform(1.5, 9.0) * RATE))
        level, wave, phase = rng.normal(3.5, 0.9), rng.uniform(1.5, 6.0), rng.uniform(0, 6.3)
        local = np.arange(length) / RATE
        swing = rng.uniform(0.1, 0.8) * np.sin(2 * np.pi * local / wave + phase)
        scores[start : start + length] = level + swing
        key[start : start + length : round(gop_seconds * RATE)] = True
        start += length
    scores += rng.normal(0, 0.05, count)
    return Timeline(np.arange(count) / RATE, key, np.full(count, 1000, np.int64)), scores


def seen_by(timeline: Timeline, scores: Floats, known: np.ndarray) -> Samples:
    rows = np.flatnonzero(known)
    measures = np.zeros(len(rows), MEASURES_DTYPE)
    measures["luma_spread"] = measures["colour_spread"] = 0.2
    return Samples(
        time_base=Fraction(1, RATE),
        ordinal=rows,
        pts=rows,
        times_seconds=timeline.times_seconds[rows],
        raw=scores[rows],
        content_change=np.zeros(len(rows)),
        measures=measures,
    )


def within(timeline: Timeline, span: Span) -> np.ndarray:
    times = timeline.times_seconds
    assert span.end_seconds is not None
    return (times >= span.start_seconds) & (times <= span.end_seconds)


def replay(plan: FastPlan, scores: Floats) -> tuple[np.ndarray, list[Span]]:
    """Carry a plan out; give which frames were seen, and the spans asked for."""
    assert plan.next(None) == Span(frames="key")
    known = plan.timeline.key.copy()
    spans: list[Span] = []
    while span := plan.next(seen_by(plan.timeline, scores, known)):
        assert not known[within(plan.timeline, span)].all(), "asked for what was seen"
        known |= within(plan.timeline, span)
        spans.append(span)
        assert len(spans) < 1000
    return known, spans


def gain(timeline: Timeline, scores: Floats, known: np.ndarray, count: int = 5) -> float:
    """Give the sum of the best `count` seen scores a second apart, over the film's mean."""
    rows = np.flatnonzero(known)
    rows = rows[np.argsort(-scores[rows])]
    total = 0.0
    for _ in range(count):
        total += float(scores[rows[0]] - scores.mean())
        times = timeline.times_seconds
        rows = rows[np.abs(times[rows] - times[rows[0]]) >= 1.0]
    return total


def shares_of_exact(effort: float | None, seeds: range) -> list[float]:
    shares = []
    for seed in seeds:
        timeline, scores = film(seed)
        known, _ = replay(FastPlan(timeline, 5, 1.0, effort), scores)
        everything = np.ones(len(timeline), np.bool_)
        shares.append(gain(timeline, scores, known) / gain(timeline, scores, everything))
    return shares


def test_key_frames_come_first_and_then_stretches_that_were_not_seen() -> None:
    timeline, scores = film(0)
    known, spans = replay(FastPlan(timeline, 5, 1.0), scores)
    assert spans
    assert known.mean() < 0.35


def test_the_fast_plan_finds_nearly_what_exact_finds() -> None:
    assert np.mean(shares_of_exact(None, range(12))) >= 0.95


def test_more_effort_finds_no_less_and_all_of_it_everything() -> None:
    means = [float(np.mean(shares_of_exact(effort, range(8)))) for effort in (100, 300, 900, 1e9)]
    assert all(later >= earlier - 0.01 for earlier, later in pairwise(means))
    assert means[-1] == pytest.approx(1.0)


def test_it_beats_an_even_grid_of_equal_cost() -> None:
    ours, grids = 0.0, 0.0
    for seed in range(8):
        timeline, scores = film(seed)
        known, _ = replay(FastPlan(timeline, 5, 1.0), scores)
        keys = int(timeline.key.sum())
        alone = keys + (int(known.sum()) - keys) // 6  # a frame alone costs about six in a row
        grid = np.zeros(len(timeline), np.bool_)
        grid[np.linspace(0, len(timeline) - 1, alone).astype(int)] = True
        ours += gain(timeline, scores, known)
        grids += gain(timeline, scores, grid)
    assert ours > 1.02 * grids


def test_key_frames_that_tell_nothing_lead_nowhere() -> None:
    shares = []
    for seed in range(8):
        timeline, scores = film(seed)
        shuffled = scores.copy()
        keys = np.flatnonzero(timeline.key)
        shuffled[keys] = np.random.default_rng(seed).permutation(scores[keys])
        known, _ = replay(FastPlan(timeline, 5, 1.0, effort=300), shuffled)
        known &= ~timeline.key
        shares.append(gain(timeline, scores, known) / gain(timeline, scores, known | True))
    assert np.mean(shares) < 0.8


def test_the_effort_is_kept() -> None:
    timeline, scores = film(3)
    for effort in (50.0, 200.0, 800.0):
        known, spans = replay(FastPlan(timeline, 5, 1.0, effort), scores)
        assert (known & ~timeline.key).sum() <= 2 * effort + 60
        assert spans


def test_a_stretch_that_nobody_may_pick_from_is_not_looked_into() -> None:
    timeline, scores = film(4)
    best = int(np.argmax(np.where(timeline.key, scores, 0.0)))
    plan = FastPlan(timeline, 1, 1.0, effort=100)

    def looked_into(is_damaged: bool) -> bool:
        known = timeline.key.copy()
        samples = seen_by(timeline, scores, known)
        while True:
            samples.measures["is_damaged"][samples.ordinal == best] = is_damaged
            if (span := plan.next(samples)) is None:
                return bool(known[best + 1])
            known |= within(timeline, span)
            samples = seen_by(timeline, scores, known)

    assert looked_into(is_damaged=False)
    assert not looked_into(is_damaged=True)


@pytest.mark.parametrize("gop_seconds", [0.04, 0.5, 8.0, 1000.0])
def test_key_frames_may_be_dense_or_rare(gop_seconds: float) -> None:
    timeline, scores = film(5, 40.0, gop_seconds)
    replay(FastPlan(timeline, 3, 1.0), scores)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_the_shortest_films_end(count: int) -> None:
    timeline = Timeline(np.arange(count) / RATE, np.arange(count) == 0, np.full(count, 9, np.int64))
    known, _ = replay(FastPlan(timeline, 5, 1.0), np.arange(count, dtype=float))
    assert known.all()


def test_frames_that_the_packets_do_not_know_are_passed_over() -> None:
    timeline, scores = film(6)
    longer = np.concatenate([scores, [99.0]])
    known = np.append(timeline.key, True)
    times = np.append(timeline.times_seconds, len(scores) / RATE)
    odd = Timeline(times, known, np.full(len(times), 9, np.int64))
    samples = seen_by(odd, longer, known)
    assert FastPlan(timeline, 5, 1.0).next(samples) is not None
