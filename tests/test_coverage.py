"""What a set of frames stands for, and that a greedy choice is near the best one."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from framepick.config import PickConfig
from framepick.picking import pick_best
from framepick.picking.candidates import POOR_PERCENT, SCENE_WORTH
from framepick.picking.coverage import REACH, Coverage
from framepick.picking.scenes import scenes_of
from framepick.types import MEASURES_DTYPE, Floats, Samples, ScoreCurve, Vectors


def unit(vectors: Floats) -> Vectors:
    rows: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return rows


def covered(sample: Vectors, chosen: Vectors) -> float:
    """What `chosen` (n, C) cover, frame by frame of the sample."""
    coverage, total = Coverage(sample), 0.0
    for one in chosen:
        total += float(coverage.gains(coverage.likeness(one[None]))[0])
        coverage.add(one[None])
    return total


def test_long_and_short_scenes_count_alike_and_once() -> None:
    scenes = np.eye(3, dtype=np.float32)
    sample = scenes[[0] * 50 + [1] * 5 + [2] * 10]
    assert covered(sample, scenes[:1]) == pytest.approx(1.0)
    assert covered(sample, scenes[[0, 0]]) == pytest.approx(1.0)
    assert covered(sample, scenes[[0, 1, 2]]) == pytest.approx(3.0)


def test_what_is_half_alike_is_half_covered() -> None:
    angle = np.arccos(1 - REACH / 2)
    near = np.array([[np.cos(angle), np.sin(angle)]], np.float32)
    assert covered(np.array([[1, 0]], np.float32), near) == pytest.approx(0.5, abs=1e-5)


@pytest.mark.parametrize("seed", range(20))
def test_more_frames_cover_more_but_ever_less_so(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sample, vectors = unit(rng.normal(size=(30, 4))), unit(rng.normal(size=(4, 4)))
    few = covered(sample, vectors[:1])
    many = covered(sample, vectors[:3])
    added_to_few = covered(sample, vectors[[0, 3]]) - few
    added_to_many = covered(sample, vectors) - many
    assert many >= few - 1e-6
    assert added_to_few >= added_to_many - 1e-6 >= -2e-6


@pytest.mark.parametrize("seed", range(30))
def test_the_choice_is_near_the_best_of_all_sets(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count, times = 3, np.sort(rng.uniform(0, 8, 14))
    content, scores = unit(rng.normal(size=(14, 3))), rng.uniform(3, 6, 14)
    shot = np.sort(rng.integers(0, 5, 14)).astype(np.int32)
    scene = scenes_of(shot, np.arange(14), content)
    is_fair = scores >= np.percentile(scores, POOR_PERCENT)
    gap, variety = float(rng.choice([0.0, 1.0])), float(rng.choice([0.0, 0.1, 0.5]))

    def worth(rows: list[int]) -> float:
        scenes = {scene[row] for row in rows if is_fair[row]}
        added = covered(content, content[rows]) + SCENE_WORTH * len(scenes)
        return float(scores[rows].sum()) + variety * added

    sets = [
        list(rows)
        for rows in combinations(range(14), count)
        if np.diff(times[list(rows)]).min() >= gap
    ]
    best = max(worth(rows) for rows in sets)
    measures = np.zeros(14, MEASURES_DTYPE)
    measures["luma_spread"] = 0.2
    samples = Samples(
        Fraction(1, 1000),
        np.arange(14),
        (times * 1000).astype(int),
        times,
        scores,
        np.zeros(14),
        measures,
    )
    curve = ScoreCurve(times, scores, scores, np.zeros(14), shot)
    rules = PickConfig(count, gap, duplicate_distance=0.0, variety=variety)
    picks, _ = pick_best(
        samples, curve, rules, lambda rows: content[rows], lambda values: 10 * values
    )
    chosen = sorted(pick.row for pick in picks)
    assert len(chosen) == count
    assert worth(chosen) >= (0.95 if gap == 0 else 0.85) * best
