"""The moment axis follows what changes within clips, and only that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from framepick.evaluation.footage.clips import RatedClip
from framepick.training.moments import (
    RatedFootage,
    cross_validated_moments,
    fit_moments,
    moment_figures,
)
from framepick.types import Floats

FRAMES, CLIPS, WIDTHS = 24, 30, (6, 4)


def clip(number: int, ratings: Floats) -> RatedClip:
    order = np.argsort(ratings, kind="stable")
    return RatedClip(
        name=f"{number}.mp4",
        use="train",
        topic="made",
        origin=f"owner{number}/films:{number}.mp4",
        frame_count=10 * FRAMES,
        frame_indices=10 * np.arange(FRAMES),
        ratings=ratings,
        best_four=10 * np.sort(order[-4:]),
        video=None,
    )


def footage(seed: int, shuffled: bool = False) -> RatedFootage:
    """Clips far apart, whose ratings follow column 1 within them, and fall with it between them."""
    rng = np.random.default_rng(seed)
    clips, rows = [], []
    for number in range(CLIPS):
        place = 20.0 * rng.normal(size=sum(WIDTHS) + 3)
        values = place + rng.normal(size=(FRAMES, len(place)))
        ratings = 5.0 - 0.1 * place[1] + (values - place)[:, 1] + 0.3 * rng.normal(size=FRAMES)
        clips.append(clip(number, rng.permutation(ratings) if shuffled else ratings))
        rows.append(values)
    return RatedFootage(tuple(clips), np.concatenate(rows).astype(np.float32))


def test_the_axis_is_what_ratings_follow_within_clips() -> None:
    made = footage(0)
    weights = fit_moments(made, np.arange(len(made.statistics)), WIDTHS, penalty=0.1)
    assert weights.shape == (sum(WIDTHS),)
    assert np.argmax(np.abs(weights)) == 1
    assert weights[1] == pytest.approx(1.0, abs=0.2)
    assert np.abs(np.delete(weights, 1)).max() < 0.1


def test_clips_that_were_left_out_are_ordered_too() -> None:
    made = footage(0)
    figures = moment_figures(made, cross_validated_moments(made, WIDTHS, 0.1, seed=0))
    assert list(figures.values()) == pytest.approx([0.93, 0.97], abs=0.06)


def test_nothing_is_learnt_from_shuffled_ratings() -> None:
    made = footage(0, shuffled=True)
    figures = moment_figures(made, cross_validated_moments(made, WIDTHS, 0.1, seed=0))
    assert all(abs(value) < 0.15 for value in figures.values())


def test_clips_of_one_origin_are_left_out_together() -> None:
    made = footage(0)
    one_place = tuple(replace(c, origin=f"owner/films:{n}") for n, c in enumerate(made.clips))
    with pytest.raises(ValueError, match="needs clips of two origins"):
        cross_validated_moments(replace(made, clips=one_place), WIDTHS, 0.1, seed=0)
