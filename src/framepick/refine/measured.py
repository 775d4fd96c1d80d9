"""What is known of frames at full size, remembered for the next selection from the same video."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from framepick.config import RefineConfig
from framepick.refine.window import Window, rows_within, window_around
from framepick.types import DetailMeasures, Moment, Rows, Samples, ScoreCurve

DetailMeasuresOf = Callable[[Sequence[Moment]], Iterable[DetailMeasures]]
"""Measures frames at full size, as `Source.detail_measures` does."""

_KEPT_DETAILS = 4096
"""Windows of picks may overlap; the measures of a frame take some 4 kB."""


class MeasuredFrames:
    """Measures frames at full size when they are first needed, and remembers the measures."""

    def __init__(self, detail_measures: DetailMeasuresOf) -> None:
        self._detail_measures = detail_measures
        self._details: OrderedDict[int, DetailMeasures | None] = OrderedDict()
        """By frame index; None for a frame that was not found again."""

    def measure(self, moments: Sequence[Moment]) -> dict[int, DetailMeasures]:
        """Give the measures of the frames of `moments`, by frame index, of those found again."""
        new = [moment for moment in moments if moment.frame_index not in self._details]
        self._details |= dict.fromkeys(moment.frame_index for moment in new)
        for found in self._detail_measures(new) if new else ():
            self._details[found.moment.frame_index] = found
        indices = [moment.frame_index for moment in moments]
        known = {at: one for at in indices if (one := self._details[at]) is not None}
        while len(self._details) > _KEPT_DETAILS:
            self._details.popitem(last=False)
        return known


class Windows:
    """The frames around rows of `samples`, each window made once."""

    def __init__(
        self, frames: MeasuredFrames, samples: Samples, curve: ScoreCurve, config: RefineConfig
    ) -> None:
        self.samples = samples
        self.curve = curve
        self.config = config
        self._frames = frames
        self._windows: dict[int, Window | None] = {}

    def around(self, row: int) -> Window | None:
        """What is known of the frames around `row`; None if none of them is found again."""
        if row not in self._windows:
            self._windows[row] = self._make(row)
        return self._windows[row]

    def _make(self, row: int) -> Window | None:
        rows = rows_within(self.curve.times_seconds, row, self.config.decoded_seconds)
        # blocks of a damaged picture have much structure and must not be the measure of others
        rows = rows[~self.samples.measures["is_damaged"][rows]]
        details = self._measured(rows)
        if not details:
            return None
        return window_around(row, self.samples, self.curve, details, self.config.reach_seconds)

    def _measured(self, rows: Rows) -> dict[int, DetailMeasures]:
        """Measures of `rows` (n,), by row, of those that are found again."""
        known = self._frames.measure([self.samples.moment(row) for row in rows.tolist()])
        indices = np.asarray(self.samples.frame_index)[rows].tolist()
        return {
            row: known[at] for row, at in zip(rows.tolist(), indices, strict=True) if at in known
        }
