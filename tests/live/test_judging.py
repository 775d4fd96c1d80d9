"""Live frames as a taste sees them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from framepick.live.judging import Judge
from framepick.measures import measure
from framepick.scoring import NormScorer
from framepick.sources.live import LiveFrame
from framepick.taste.files import new_taste
from framepick.taste.learning import learn
from framepick.taste.taste import Taste
from framepick.types import Calibration, Embeddings, Frame, Moment
from tests.taste.made import judged, pictures, reference

SCORER = NormScorer(Calibration("made", np.array([0.0, 10.0])))
LIKES, DISLIKES = pictures(10, 0, seed=1), pictures(10, 1, seed=2)


def taste() -> Taste:
    known = judged(LIKES, DISLIKES)
    return new_taste("anna", known, learn(known, reference()), reference())


def live_frame() -> LiveFrame:
    view = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    measures = measure(view, None, is_damaged=False)[0]
    frame = Frame(view, Moment(0, 0, Fraction(1), 0.0), measures)
    return LiveFrame(frame, 0.0, 64, 64, 1, 0, b"")


def score(judge: Judge, subject: int) -> float:
    content = (LIKES, DISLIKES)[subject].content[:1]
    frame = live_frame()
    aesthetic = np.array([[4.0, 0.0]], np.float32)
    return judge.observe(frame, Embeddings(aesthetic, content, (frame.frame.moment,), "made")).score


def test_a_taste_moves_the_scores_of_live_frames() -> None:
    general = [score(Judge(SCORER), subject) for subject in (0, 1)]
    personal = [score(Judge(SCORER, taste()), subject) for subject in (0, 1)]
    assert general == pytest.approx([4.0, 4.0])
    assert personal[0] > 4.1
    assert personal[1] < 3.9


def test_a_taste_that_does_not_help_leaves_them() -> None:
    made = taste()
    unused = replace(made, lesson=replace(made.lesson, ranker=None))
    assert score(Judge(SCORER, unused), 0) == pytest.approx(4.0)
