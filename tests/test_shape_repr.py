"""Values that hold arrays print their shapes, not their numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from framepick.curve import to_curve
from framepick.shape_repr import summary
from framepick.types import FrameRequest, Moment, Still
from tests.replayed import film, seen_by, state_of


def test_a_thousand_rows_print_in_one_short_line() -> None:
    timeline, scores = film(0, 40.0)
    samples = seen_by(timeline, scores, np.ones(1000, np.bool_))
    for value in (samples, timeline, to_curve(samples), state_of(samples)):
        assert len(repr(value)) < 600
        assert "\n" not in repr(value)
    assert "raw=<float64 (1000,)>" in repr(samples)
    assert "time_base=Fraction(1, 25)" in repr(samples)
    assert "measures=<records (1000,)>" in repr(samples)


def test_a_picture_prints_its_size_and_its_moment() -> None:
    moment = Moment(3, 3, Fraction(1, 25), 0.12)
    still = Still(np.zeros((1080, 1920, 3), np.uint8), moment)
    assert repr(still) == f"Still(pixels=<uint8 (1080, 1920, 3)>, moment={moment!r})"


def test_short_requests_print_their_frames_and_long_ones_their_number() -> None:
    assert repr(FrameRequest((1, 2))).startswith("FrameRequest(frame_indices=(1, 2), ")
    long = FrameRequest(tuple(range(5000)), tuple(range(300)))
    assert repr(long).startswith("FrameRequest(frame_indices=<tuple of 5000>, ")
    assert "detail_indices=<tuple of 300>" in repr(long)


def test_text_is_never_shortened() -> None:
    assert summary("a long name of a file.mp4") == "'a long name of a file.mp4'"
