"""What stays of a session's scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from framepick.live.observation import Observation
from framepick.live.record import SessionRecord, row_of
from framepick.reasons import ReasonCode
from framepick.types import FrameMeasures
from tests.live.made import direction, moment

VIEW = np.zeros((8, 8, 3), np.uint8)
MEASURES = FrameMeasures(0.5, 0.2, 0.2, 0.0, 0.0, 0.0, False, False)


def observation(index: int, veto: ReasonCode | None = None) -> Observation:
    return Observation(moment(index), VIEW, direction(0), 3.0, 3.0, 0.0, 0.1, index // 100, veto)


def test_the_number_of_rows_is_bounded_and_they_cover_the_session() -> None:
    record = SessionRecord(most_rows=100)
    for index in range(5_000):
        record.add(observation(index), MEASURES)
    rows = record.record([])
    assert 40 <= len(rows.samples) <= 100
    assert rows.samples.times_seconds[0] < 20
    assert rows.samples.times_seconds[-1] > 480
    steps = np.diff(rows.samples.frame_index)
    assert steps.min() == steps.max()


def test_kept_frames_have_their_rows() -> None:
    record = SessionRecord(most_rows=10)
    for index in range(100):
        record.add(observation(index), MEASURES)
    kept = row_of(observation(33), MEASURES)
    rows = record.record([kept])
    assert rows.samples.frame_index[rows.row_of[33]] == 33
    assert np.all(np.diff(rows.samples.times_seconds) >= 0)


def test_relative_vetoes_are_told_and_hard_ones_are_in_the_measures() -> None:
    record = SessionRecord()
    record.add(observation(0, ReasonCode.FLASH), MEASURES)
    record.add(observation(1, ReasonCode.BLACK), replace(MEASURES, black_share=1.0))
    assert [one.code for one in record.record([]).relative_vetoes.values()] == [ReasonCode.FLASH]
