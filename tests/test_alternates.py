"""Frames beside the picks: the best of each scene, and what could stand for a pick."""

from __future__ import annotations

import numpy as np

from framepick.picking.alternates import (
    ALTERNATES,
    APART_SECONDS,
    Alternates,
    best_of_scenes,
)
from framepick.types import Floats, ScoreCurve, Vectors

RATE = 10


def curve(smoothed: Floats, shot_frames: int) -> ScoreCurve:
    count = len(smoothed)
    shot = (np.arange(count) // shot_frames).astype(np.int32)
    return ScoreCurve(np.arange(count) / RATE, smoothed, smoothed, np.ones(count), shot)


def content(*angles: float) -> Vectors:
    """Content vectors whose cosine distances follow from their angles in degrees."""
    turns = np.radians(angles)
    return np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32)


def finder(smoothed: Floats, shot_frames: int, vectors: Vectors, picked: list[int]) -> Alternates:
    made = curve(smoothed, shot_frames)
    scenes = made.shot.astype(np.int64)
    rows = np.arange(len(smoothed))
    return Alternates(picked, made, scenes, rows, lambda some: vectors[some], 0.03)


def test_each_scene_has_its_best_frame_in_order_of_time() -> None:
    smoothed = np.array([1.0, 3, 2, 5, 4, 4, 0, 9])
    scenes = np.array([0, 0, 0, 1, 1, 1, 2, 2])
    assert best_of_scenes(scenes, smoothed, np.arange(7)).tolist() == [1, 3, 6]


def test_alternates_are_the_best_of_the_scene_that_look_different() -> None:
    count = 100
    vectors = content(*np.linspace(0, 90, count))  # each frame a bit farther from the first
    smoothed = np.linspace(2, 1, count)
    found = finder(smoothed, count, vectors, [0]).of(0)
    assert len(found) == ALTERNATES
    taken = [0, *found]
    for place, row in enumerate(found, start=1):
        for other in taken[:place]:
            assert 1 - float(vectors[row] @ vectors[other]) >= 0.03
            assert abs(row - other) / RATE >= APART_SECONDS
    assert found == sorted(found)  # scores fall with time


def test_where_all_of_a_scene_looks_the_same_alike_scenes_come_next() -> None:
    vectors = content(*[0] * 40, *[30] * 20, *[20] * 20, *[90] * 20)
    smoothed = np.ones(100)
    smoothed[[45, 70, 90]] = 3
    made = finder(smoothed, 20, vectors, [10])
    found = made.of(10)
    assert len(found) == ALTERNATES
    assert found[0] in range(20, 40)  # shows the same in another scene
    assert found[1:3] == [70, 45]
    assert 90 not in found  # shows something else
    assert all(row < 20 for row in found[3:])


def test_of_a_short_film_there_are_as_many_as_there_are() -> None:
    found = finder(np.ones(4), 4, content(0, 0, 0, 0), [0]).of(0)
    assert len(found) <= 3
    assert len(set(found)) == len(found)
    assert 0 not in found


def test_no_alternate_is_close_to_another_pick_while_there_are_others() -> None:
    vectors = content(*np.linspace(0, 90, 100))
    found = finder(np.linspace(1, 2, 100), 100, vectors, [10, 99]).of(10)
    assert all(abs(row - 99) / RATE >= APART_SECONDS for row in found)
