"""Display matrices and clocks, without a video."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from framepick.sources.geometry import orientation
from framepick.sources.timestamps import TimestampTracker

MILLISECONDS = Fraction(1, 1000)


def _times(
    stamps: Sequence[tuple[int | None, int | None]], duration: int | None = 40
) -> list[float]:
    clock = TimestampTracker(MILLISECONDS, 40)
    return [clock.tick(pts, dts, duration)[1] for pts, dts in stamps]


@pytest.mark.parametrize("offset", [0, -500, 10_000, 10**15])
def test_the_first_frame_is_at_zero_wherever_the_stamps_start(offset: int) -> None:
    assert _times([(offset + at, None) for at in (0, 40, 100)]) == [0.0, 0.04, 0.1]


def test_a_missing_stamp_is_the_decoding_time_or_follows_the_frame_before() -> None:
    assert _times([(0, 0), (None, 40), (None, None), (120, None)]) == [0.0, 0.04, 0.08, 0.12]


def test_a_stamp_that_falls_a_little_is_held() -> None:
    assert _times([(0, None), (80, None), (40, None), (120, None)]) == [0.0, 0.08, 0.08, 0.12]


def test_a_counter_that_is_set_back_goes_on() -> None:
    stamps = [(90_000, None), (90_040, None), (0, None), (40, None)]
    assert _times(stamps) == [0.0, 0.04, 0.08, 0.12]


def test_the_stamp_itself_is_kept_as_the_container_says() -> None:
    clock = TimestampTracker(MILLISECONDS, 40)
    assert [clock.tick(pts, None, None)[0] for pts in (7000, 7100, 10)] == [7000, 7100, 10]


@pytest.mark.parametrize(
    "matrix", [b"", bytes(36), struct.pack("=9i", *[2**31 - 1] * 9), b"\x80" * 36]
)
def test_a_garbage_matrix_counts_as_upright(matrix: bytes) -> None:
    turned = orientation(matrix, None)
    assert (turned.quarter_turns, turned.mirrored) == (0, False)


@pytest.mark.parametrize("aspect", [None, Fraction(0), Fraction(1, 1000), Fraction(5000)])
def test_an_absurd_pixel_aspect_counts_as_square(aspect: Fraction | None) -> None:
    assert orientation(None, aspect).shown_size(640, 360) == (640, 360)


def test_turning_keeps_every_pixel() -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    clockwise = orientation(struct.pack("=9i", 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30), None)
    assert np.array_equal(clockwise.turn(pixels), np.rot90(pixels, -1))
