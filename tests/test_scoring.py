from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import ArrayLike

from framepick.scoring import NormScorer, in_video
from framepick.types import Calibration, Embeddings, Moment

CALIBRATION = Calibration("three numbers", np.array([0.0, 5.0, 10.0]))


def embeddings(aesthetic: ArrayLike) -> Embeddings:
    rows = np.asarray(aesthetic, np.float32)
    moments = tuple(Moment(i, i, Fraction(1, 30), i / 30) for i in range(len(rows)))
    return Embeddings(rows, np.ones((len(rows), 1), np.float32), moments, "made up")


def test_the_score_is_the_norm() -> None:
    scores = NormScorer(CALIBRATION).score(embeddings([[3, 4], [0, 0], [-5, -12]]))
    assert scores.dtype == np.float64
    assert scores == pytest.approx([5.0, 0.0, 13.0])


def test_turning_a_vector_does_not_change_its_score_but_stretching_does() -> None:
    scores = NormScorer(CALIBRATION).score(embeddings([[3, 4], [-4, 3], [6, 8]]))
    assert scores[0] == pytest.approx(scores[1])
    assert scores[2] == pytest.approx(2 * scores[0])


def test_neighbouring_vectors_do_not_round_to_one_score() -> None:
    near = np.float32(1.0) + np.array([0.0, 2**-23], np.float32)
    scores = NormScorer(CALIBRATION).score(embeddings(np.stack([near, near[::-1] * 2], axis=1)))
    assert scores[0] != scores[1]


def test_no_frames_give_no_scores() -> None:
    assert NormScorer(CALIBRATION).score(embeddings(np.empty((0, 2)))).shape == (0,)


def test_the_calibration_travels_with_the_scorer() -> None:
    assert NormScorer(CALIBRATION).calibration.percentile(np.array([2.5])) == pytest.approx([25.0])


def test_a_picture_on_its_own_is_scored_without_the_moment_axis() -> None:
    scorer = NormScorer(CALIBRATION, has_moments=True)
    frames = embeddings([[3, 4, 100], [6, 8, -7]])
    assert scorer.score(frames) == pytest.approx([5.0, 10.0])
    assert scorer.moments(frames) == pytest.approx([100.0, -7.0])


def test_without_a_moment_axis_all_moments_are_equal() -> None:
    assert NormScorer(CALIBRATION).moments(embeddings([[3, 4], [6, 8]])).tolist() == [0.0, 0.0]


def test_moments_count_from_the_median_frame_of_the_video() -> None:
    scores, moments = np.array([4.0, 4.0, 3.0]), np.array([101.0, 100.0, 99.5])
    every = np.ones(3, np.bool_)
    assert in_video(scores, moments, every) == pytest.approx([5.0, 4.0, 2.5])
    assert in_video(scores, moments - 500.0, every) == pytest.approx([5.0, 4.0, 2.5])


def test_frames_with_a_veto_do_not_move_the_zero_of_moments() -> None:
    scores, moments = np.full(5, 4.0), np.array([1.0, 0.0, -90.0, -90.0, -90.0])
    found = in_video(scores, moments, np.array([True, True, False, False, False]))
    assert found[:2] == pytest.approx([4.5, 3.5])
    assert found[2:].tolist() == [0.0] * 3  # a norm is never negative


def test_moments_of_a_video_of_vetoed_frames_only_still_count() -> None:
    found = in_video(np.full(3, 4.0), np.array([0.0, 1.0, 2.0]), np.zeros(3, np.bool_))
    assert found == pytest.approx([3.0, 4.0, 5.0])
    assert len(in_video(np.empty(0), np.empty(0), np.empty(0, np.bool_))) == 0
