"""Who may use the encoder when."""

from __future__ import annotations

import threading
import time
from fractions import Fraction

import numpy as np

from framepick.live.shared_encoder import SharedEncoder
from framepick.types import Embeddings, FrameBatch, Moment, ViewSpec

VIEW = ViewSpec(8)


class Timed:
    """Takes its time, and notes which frames it was given."""

    encoder_id, view_spec, batch_size = "timed", VIEW, 16

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.given: list[int] = []

    def encode(self, batch: FrameBatch) -> Embeddings:
        time.sleep(self.seconds)
        self.given += [moment.frame_index for moment in batch.moments]
        count = len(batch.moments)
        number = np.full((count, 2), batch.moments[0].frame_index, np.float32)
        return Embeddings(number, np.ones((count, 1), np.float32), batch.moments, "timed")


def batch(index: int) -> FrameBatch:
    moment = Moment(index, index, Fraction(1), float(index))
    return FrameBatch(np.zeros((1, 8, 8, 3), np.uint8), (moment,))


def test_a_live_frame_waits_for_one_batch_at_most() -> None:
    encoder = Timed(0.05)
    both = SharedEncoder(encoder)
    refining = threading.Thread(
        target=lambda: [both.rest.encode(batch(n)) for n in range(100, 120)]
    )
    refining.start()
    for live in range(5):
        time.sleep(0.01)
        both.first.encode(batch(live))
    refining.join()
    between = np.diff([encoder.given.index(live) for live in range(5)])
    assert between.max() <= 2
    assert sorted(encoder.given) == [*range(5), *range(100, 120)]


def test_refining_does_without_an_encoder_that_has_no_time_to_spare() -> None:
    encoder = Timed(0.2)
    both = SharedEncoder(encoder)
    both.first.encode(batch(1))
    found = both.rest.encode(batch(2))
    assert encoder.given == [1]
    assert found.aesthetic[0, 0] == 1
    assert found.moments[0].frame_index == 2


def test_refining_has_small_batches() -> None:
    both = SharedEncoder(Timed(0.0))
    assert both.rest.batch_size < both.first.batch_size == 16
