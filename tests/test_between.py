"""The best pictures of many videos: by score, varied, no two of them near-duplicates."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from framepick.aesthetic import load_model
from framepick.config import PickConfig
from framepick.picking.between import best_of_many, distinct
from framepick.results import Comparable
from framepick.scoring import in_video
from framepick.sources.photos import read_photo, view_of
from framepick.types import Floats, Vectors

COLUMNS = 16


def vectors(*scenes: int, spread: float = 0.0) -> Vectors:
    """Give contents of pictures by the scene that each shows; `spread` apart within a scene."""
    rng = np.random.default_rng(0)
    rows = np.eye(COLUMNS)[list(scenes)] + spread * rng.normal(size=(len(scenes), COLUMNS))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def best(scores: list[float], content: Vectors, count: int, variety: float = 0.5) -> list[int]:
    pictures = Comparable(np.array(scores), content)
    return best_of_many(pictures, PickConfig(count=count, variety=variety))


def test_the_best_come_first() -> None:
    assert best([1, 4, 2, 3], vectors(0, 1, 2, 3), 3) == [1, 3, 2]


def test_one_is_the_best_of_all() -> None:
    assert best([1, 4, 2, 3], vectors(0, 1, 2, 3), 1) == [1]


def test_near_duplicates_are_never_added_to_reach_the_count() -> None:
    assert best([1, 4, 2, 3], vectors(0, 1, 1, 0), 4) == [1, 3]


def test_a_scene_in_two_videos_counts_once_while_there_are_others() -> None:
    content = vectors(0, 0, 1, 2, 3, spread=0.1)
    scores = [5, 4.9, 3, 2, 0]  # the poorest tenth makes no scene worth showing
    assert float(content[0] @ content[1]) < 0.97  # no near-duplicates
    assert set(best(scores, content, 3)) == {0, 2, 3}
    assert set(best(scores, content, 3, variety=0)) == {0, 1, 2}
    assert set(best(scores, content, 4)) == {0, 1, 2, 3}


def test_nothing_is_the_best_of_nothing() -> None:
    assert best([], np.empty((0, COLUMNS), np.float32), 3) == []


def test_of_equals_the_earlier_one_stays() -> None:
    assert best([2, 2, 2], vectors(0, 0, 1), 2) == [0, 2]


def test_many_copies_leave_room_for_what_is_different() -> None:
    """Copies of the best pictures are more than can be compared."""
    rng = np.random.default_rng(1)
    content = np.concatenate([np.repeat(vectors(0, 1), 4000, axis=0), vectors(2)])
    scores = np.append(rng.uniform(4, 5, 8000), 1.0)
    pictures = Comparable(scores, content.astype(np.float16))
    rows = distinct(pictures, 100, 0.03).tolist()
    assert rows[-1] == 8000
    assert len(rows) == 3
    assert scores[rows[:2]].tolist() == sorted(
        [scores[:4000].max(), scores[4000:8000].max()], reverse=True
    )


CLIPS, FRAMES, COUNT = 24, 6, 6


@pytest.fixture(scope="module")
def rated() -> tuple[list[str], Floats, list[Path]]:
    """Give frames of several clips: the clip of each, its rating and its picture."""
    if not (folder := os.environ.get("FRAMEPICK_DATA")):
        pytest.skip("FRAMEPICK_DATA names no folder of rated footage")
    footage, frames = Path(folder) / "footage", defaultdict(list)
    with (footage / "more_ratings.csv").open() as file:
        for row in csv.DictReader(file):
            frames[row["file"]].append(row)
    some = [row for name in sorted(frames)[:CLIPS] for row in frames[name][:: 24 // FRAMES]]
    ratings = np.array([float(row["rating"]) for row in some])
    return [row["file"] for row in some], ratings, [footage / "frames" / r["image"] for r in some]


def gain(
    clips: list[str], ratings: Floats, alone: Floats, score: Floats, content: Vectors
) -> float:
    """Give how much higher the best of all are rated than the first pick of each clip."""
    names = np.array(clips)
    firsts = [
        ratings[rows[np.argmax(score[rows])]]
        for rows in (np.flatnonzero(names == name) for name in sorted(set(clips)))
    ]
    chosen = best_of_many(Comparable(alone, content), PickConfig(count=COUNT))
    return float(ratings[chosen].mean() - np.mean(firsts))


def test_the_best_of_all_are_rated_higher_than_first_picks(
    rated: tuple[list[str], Floats, list[Path]],
) -> None:
    clips, ratings, paths = rated
    model = load_model(device="cpu")
    views = np.stack([view_of(read_photo(p).pixels, p, model.encoder.view_spec) for p in paths])
    vectors = model.encode_views(views)
    alone, moments = model.scorer.score(vectors), model.scorer.moments(vectors)
    score = alone.copy()
    for name in set(clips):
        rows = np.flatnonzero(np.array(clips) == name)
        score[rows] = in_video(alone[rows], moments[rows], np.ones(len(rows), np.bool_))
    between = alone + 0.3 * (score - alone)
    print(gain(clips, ratings, between, score, vectors.content))
    rng = np.random.default_rng(0)
    noise = [
        gain(clips, ratings, one, one, vectors.content)
        for one in rng.normal(4, 1, (50, len(alone)))
    ]
    print(np.mean(noise), np.std(noise))
    assert gain(clips, ratings, between, score, vectors.content) > 0.5 > np.mean(noise)
