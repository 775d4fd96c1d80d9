from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import ArrayLike

from framepick.scoring import NormScorer
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
