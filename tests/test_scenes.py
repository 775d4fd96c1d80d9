"""Shots that show the same form one scene, and every scene gets its best frame first."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike
from scipy.cluster.hierarchy import fcluster, linkage

from framepick.config import PickConfig
from framepick.picking import keep_peak, pick_best
from framepick.picking.scenes import MAX_SHOTS, SCENE_DISTANCE, find_scenes, scenes_of
from framepick.reasons import Reason, ReasonCode
from framepick.types import Vectors
from tests.reasons import missing
from tests.test_picking import Video

SHOT = 20
"""Frames of a made-up shot."""


def unit(rows: ArrayLike) -> Vectors:
    values = np.asarray(rows, np.float32)
    scaled: Vectors = values / np.linalg.norm(values, axis=1, keepdims=True)
    return scaled


def film(heights: list[float], shows: list[int]) -> Video:
    """A film of one shot after the other: how high each peaks, and which of some things it shows.

    Frames of a shot differ a little, shots of the same thing a little more.
    """
    count = SHOT * len(heights)
    place, shot = np.arange(count) % SHOT, np.arange(count) // SHOT
    scores = np.asarray(heights)[shot] - 0.1 * np.abs(place - SHOT // 2)
    content = 0.6 * np.random.default_rng(0).normal(size=(count, 32)) / np.sqrt(32)
    content += np.eye(32)[np.asarray(shows)[shot]]
    return Video(scores, shot=shot, content=unit(content))


def picked(video: Video, **rules: float) -> tuple[list[int], Reason | None]:
    """The shots of the picks, in order of time, and why there are no more."""
    picks, shortfall = pick_best(
        video.samples,
        video.curve,
        PickConfig(min_gap_seconds=0.3, **rules),  # type: ignore[arg-type]
        video.vectors_of,
        lambda scores: 10.0 * scores,
        keep_peak,
    )
    return sorted(pick.row // SHOT for pick in picks), shortfall


def test_takes_and_a_camera_that_returns_are_one_scene() -> None:
    video = film([5.0] * 6, [0, 1, 0, 2, 1, 1])
    every = np.arange(len(video.content))
    scene = scenes_of(video.curve.shot, every, video.content)
    assert scene[::SHOT].tolist() == [0, 1, 0, 2, 1, 1]
    assert (scene == np.repeat(scene[::SHOT], SHOT)).all()


def test_a_shot_without_a_known_frame_has_no_scene() -> None:
    video = film([5.0] * 3, [0, 1, 0])
    known = np.flatnonzero(video.curve.shot != 1)
    scene = scenes_of(video.curve.shot, known, video.content[known])
    assert scene[::SHOT].tolist() == [0, -1, 0]


@pytest.mark.parametrize("seed", range(20))
def test_scenes_are_those_of_average_linkage(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 120))
    kinds = rng.normal(size=(max(1, count // 4), 12))
    shots = unit(kinds[rng.integers(0, len(kinds), count)] + 0.6 * rng.normal(size=(count, 12)))
    distances = np.clip(1 - shots @ shots.T, 0, 2)[np.triu_indices(count, 1)]
    tree = linkage(distances.astype(np.float64), "average")
    expected = fcluster(tree, SCENE_DISTANCE - 1e-9, "distance")
    found = find_scenes(shots)
    assert ((found[:, None] == found) == (expected[:, None] == expected)).all()
    assert np.flatnonzero(np.diff(np.maximum.accumulate(found)) > 1).size == 0  # in order


def test_of_very_many_shots_neighbours_are_taken_together() -> None:
    count = 2 * MAX_SHOTS
    shows = np.repeat(np.arange(8), count // 8)
    scene = scenes_of(np.arange(count, dtype=np.int32), np.arange(count), unit(np.eye(8)[shows]))
    assert (scene == shows).all()


SCENES = [0, 1, 2, 0]
HEIGHTS = [9.0, 8.9, 6.0, 8.8]


def test_each_scene_gets_its_best_frame_before_any_gets_a_second_one() -> None:
    assert picked(film(HEIGHTS, SCENES), count=3)[0] == [0, 1, 2]
    assert picked(film([8.8, 8.9, 6.0, 9.0], SCENES), count=3)[0] == [1, 2, 3]


def test_without_variety_the_best_scores_win_whatever_they_show() -> None:
    video = film(HEIGHTS, SCENES)
    assert 2 not in picked(video, count=6, variety=0.0, duplicate_distance=0.0)[0]


def test_a_scene_that_is_poor_for_the_video_is_not_shown_for_its_own_sake() -> None:
    video = film([9.0, 8.9, 3.0, 8.8, 8.7, 8.6, 8.5, 8.4], [0, 1, 2, 0, 0, 0, 1, 1])
    assert 2 not in picked(video, count=3)[0]


@pytest.mark.parametrize("seed", range(20))
def test_no_shot_and_no_scene_gets_more_than_it_may(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shows, heights = rng.integers(0, 4, 8).tolist(), rng.uniform(4, 9, 8).tolist()
    most, count = int(rng.integers(1, 4)), int(rng.integers(1, 30))
    video = film(heights, shows)
    shots, _ = picked(video, count=count, per_shot=most)
    assert np.bincount(shots).max() <= most
    assert len(shots) == min(count, 8 * most)
    scenes = np.asarray(shows)[picked(video, count=count, per_scene=most)[0]]
    assert np.bincount(scenes).max() <= most
    assert len(scenes) == min(count, len(set(shows)) * most)


def test_what_a_shot_may_have_is_said_where_picks_are_missing() -> None:
    video = film(HEIGHTS, SCENES)
    assert picked(video, count=9, per_shot=2)[1] == missing(ReasonCode.LIMIT_REACHED, 8, 9)
    assert picked(video, count=9, per_scene=1)[1] == missing(ReasonCode.LIMIT_REACHED, 3, 9)
    assert picked(video, count=8, per_shot=2)[1] is None


@pytest.mark.parametrize("wrong", [{"variety": 1.1}, {"variety": float("nan")}, {"per_shot": 0}])
def test_wrong_limits_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        PickConfig(**wrong)  # type: ignore[arg-type]
