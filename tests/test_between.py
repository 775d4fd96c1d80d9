"""The best pictures of many videos: by score, varied, no two of them near-duplicates."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from framepick.aesthetic import AestheticModel, load_model
from framepick.batch.best import MOMENT_SHARE
from framepick.config import PickConfig
from framepick.picking.between import best_of_many, distinct
from framepick.results import Comparable
from framepick.scoring import in_video
from framepick.sources.opening import open_source
from framepick.types import Floats, FrameRequest, Vectors

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


COUNT = 8
"""So many are chosen of all clips together."""


@dataclass(frozen=True)
class Rated:
    """Frames of several clips with what people think of them."""

    clip: NDArray[np.str_]
    ratings: Floats
    alone: Floats
    """Scores as pictures on their own."""
    in_video: Floats
    content: Vectors

    def best(self, scores: Floats) -> float:
        """Give the mean rating of the best of all clips by `scores`."""
        chosen = best_of_many(Comparable(scores, self.content), PickConfig(count=COUNT))
        return float(self.ratings[chosen].mean())

    def firsts(self) -> Floats:
        """Give the rating of the best frame of each clip."""
        rows = [np.flatnonzero(self.clip == name) for name in np.unique(self.clip)]
        return self.ratings[[one[np.argmax(self.in_video[one])] for one in rows]]


def test_the_best_of_all_are_rated_higher_than_first_picks_which_noise_is_not(
    rated: Rated,
) -> None:
    gained = MOMENT_SHARE * (rated.in_video - rated.alone)
    rng = np.random.default_rng(0)
    noise = [rated.best(one) for one in rng.normal(4, 1, (50, len(rated.alone)))]
    firsts = rated.firsts()
    spread = firsts.std() / COUNT**0.5
    assert rated.best(rated.alone + gained) > firsts.mean() + 2 * spread
    assert np.mean(noise) < firsts.mean() + spread


@pytest.fixture(scope="module")
def rated() -> Rated:
    """Give frames of the clips that no weights were fitted on."""
    if not (data := os.environ.get("FRAMEPICK_DATA")):
        pytest.skip("FRAMEPICK_DATA names no folder of rated footage")
    footage, model = Path(data) / "footage", load_model(device="cpu", threads=1)
    parts = [
        _frames(footage / "clips" / name, rows, model) for name, rows in _ratings(footage).items()
    ]
    return Rated(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _ratings(footage: Path) -> dict[str, dict[int, float]]:
    """Give the ratings of some frames of each clip, by their number."""
    with (footage / "clips.csv").open() as file:
        kept = {row["file"] for row in csv.DictReader(file) if row["use"] != "train"}
    found: dict[str, dict[int, float]] = defaultdict(dict)
    with (footage / "ratings.csv").open() as file:
        for row in csv.DictReader(file):
            if row["file"] in kept:
                found[row["file"]][int(row["frame_index"])] = float(row["rating"])
    return {name: dict(list(rows.items())[::4]) for name, rows in found.items()}


def _frames(path: Path, ratings: dict[int, float], model: AestheticModel) -> tuple[Any, ...]:
    with open_source(path, model.encoder.view_spec, threads=1) as source:
        frames = list(source.frames(FrameRequest(tuple(ratings))))
    vectors = model.encode_views(np.stack([frame.view for frame in frames]))
    alone, moments = model.scorer.score(vectors), model.scorer.moments(vectors)
    return (
        np.array([path.name] * len(frames)),
        np.array([ratings[frame.moment.frame_index] for frame in frames]),
        alone,
        in_video(alone, moments, np.ones(len(frames), np.bool_)),
        vectors.content,
    )
