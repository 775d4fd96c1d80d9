"""What is kept of a session's scores: rows for the curve, fewer and fewer a second, never more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framepick.live.observation import Observation
from framepick.live.thinned import Thinned
from framepick.measures import as_rows, vetoes
from framepick.reasons import Reason, ReasonCode
from framepick.sources.live.client import MICROSECONDS
from framepick.types import FrameMeasures, Moment, Samples, ScoreCurve

MOST_ROWS = 8_192


@dataclass(frozen=True, slots=True)
class Row:
    """One frame of the record."""

    moment: Moment
    raw: float
    level: float
    variance: float
    shot: int
    measures: FrameMeasures
    veto: ReasonCode | None


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """The rows of a session as a file would have them."""

    samples: Samples
    curve: ScoreCurve
    relative_vetoes: dict[int, Reason]
    row_of: dict[int, int]
    """Rows of the frames that are kept, by frame index."""


class SessionRecord:
    """Collects rows; once there are `MOST_ROWS`, every second one goes, and so on."""

    def __init__(self, most_rows: int = MOST_ROWS) -> None:
        self._rows: Thinned[Row] = Thinned(most_rows)

    def add(self, one: Observation, measures: FrameMeasures) -> None:
        """Take in a scored frame."""
        self._rows.add(row_of(one, measures))

    def record(self, kept: list[Row], zero: float = 0.0) -> Record:
        """Give all rows, those of the frames that are `kept` among them, in order of time.

        `zero` is taken off of all scores; none falls below 0.
        """
        extra = {one.moment.frame_index: one for one in kept}
        rows = [one for one in self._rows.kept if one.moment.frame_index not in extra]
        rows = sorted([*rows, *extra.values()], key=lambda one: one.moment.time_seconds)
        times = np.array([one.moment.time_seconds for one in rows])
        raw = np.maximum(np.array([one.raw for one in rows]) - zero, 0.0)
        samples = Samples(
            time_base=MICROSECONDS,
            frame_index=np.array([one.moment.frame_index for one in rows], np.int64),
            pts=np.array([one.moment.pts for one in rows], np.int64),
            times_seconds=times,
            raw=np.nan_to_num(raw),
            content_change=np.zeros(len(rows)),
            measures=as_rows([one.measures for one in rows]),
        )
        levels = np.maximum(np.array([one.level for one in rows]) - zero, 0.0)
        curve = ScoreCurve(
            times,
            samples.raw,
            np.nan_to_num(levels),
            np.array([one.variance for one in rows]),
            np.maximum.accumulate(np.array([one.shot for one in rows], np.int32))
            if rows
            else np.empty(0, np.int32),
        )
        numbers = {one.moment.frame_index: at for at, one in enumerate(rows)}
        return Record(
            samples, curve, _relative(rows, samples), {index: numbers[index] for index in extra}
        )


def row_of(one: Observation, measures: FrameMeasures) -> Row:
    """Give the row of a scored frame."""
    return Row(one.moment, one.score, one.level, one.variance, one.shot, measures, one.veto)


def _relative(rows: list[Row], samples: Samples) -> dict[int, Reason]:
    """Give the vetoes that do not follow from the measures, by row."""
    hard = vetoes(samples.measures) != ""
    return {at: Reason(one.veto) for at, one in enumerate(rows) if one.veto and not hard[at]}
