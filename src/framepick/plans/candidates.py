"""Which frames of a video may be decoded next, and what they cost (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from framepick.plans.gops import DECODE_COST, SEEK_COST, Gops, frame_rate
from framepick.plans.grid import Grid
from framepick.plans.motion import motion_seconds, static
from framepick.plans.posterior import (
    SAME_PICTURE_SECONDS,
    Observations,
    best_apart,
    expected_improvement,
    observe,
    posterior,
)
from framepick.plans.segments import Segments
from framepick.protocols import PlanState
from framepick.types import Flags, Floats, FrameRequest, Rows, Samples, Timeline

MIN_GAIN = 0.5
"""Expected improvement, in standard deviations of the video's scores, under which all segments
together are not worth decoding."""
MIN_REACH_SECONDS = 0.4
"""Least time to each side of a pick that is decoded, so that smoothing can tell how good it is."""
_TINY = 1e-9


def request_for(rows: Rows, details: Rows | None = None) -> FrameRequest | None:
    """Give the request for `rows` (n,) of a timeline, None if there are none.

    Those of `details` are measured at full size, too.
    """
    if not len(rows):
        return None
    closely = () if details is None else tuple(details.tolist())
    return FrameRequest(tuple(rows.tolist()), closely, has_pictures=True)


@dataclass(frozen=True, eq=False)
class Candidates:
    """The grid, the segments and the surroundings of picks of one video."""

    timeline: Timeline
    count: int
    """Picks that are wanted."""
    min_gap_seconds: float
    """Least time between two picks."""
    reach_seconds: float
    """Every frame so near to a pick, to each side, is to be decoded."""
    spare_seconds: float = 0.0
    """Time beyond that, to each side, that is decoded with frames that are missing: once they are
    known the best moment is often a few frames beside the one before."""

    def known(self, state: PlanState) -> Flags:
        """Give flags (P,) that are True for frames that were decoded, or requested and lost."""
        known = np.zeros(len(self.timeline), np.bool_)
        if state.samples is not None:
            known[self._rows_of(state.samples)] = True
        for done in state.processed:
            known[self.rows_of(done.request)] = True
        return known

    def observations(self, samples: Samples | None) -> Observations | None:
        """Sum up the frames decoded so far; None if the timeline holds none of them."""
        if samples is None or not len(self._rows_of(samples)):
            return None
        return observe(self.timeline, self._motion_seconds, self._static, samples)

    def grid(self, known: Flags, most_cost: float = np.inf) -> Rows:
        """Give the next batch of rows of the grid; none if all of it is `known` (P,)."""
        return self._grid.batch(known, most_cost / (self.grid_cost / len(self._grid.rows)))

    def best_segments(
        self, observed: Observations, known: Flags, most_cost: float, least_gain: float = MIN_GAIN
    ) -> Rows:
        """Give rows of the segments of most expected improvement per cost; none if all is low."""
        gain = self._improvement(observed)
        gain = np.where(gain < least_gain * observed.deviation / len(gain), 0.0, gain)
        return self._segments.best(gain, known, most_cost)

    def around_picks(
        self,
        observed: Observations,
        known: Flags,
        most_cost: float = np.inf,
        times_count: float = 1,
    ) -> Flags:
        """Tell which frames (P,) are near the best observations: all are needed to pick there.

        Where not all are affordable, the best come first. With `times_count`, so many times as
        many observations as picks are wanted are taken in.
        """
        wanted = np.zeros(len(known), np.bool_)
        for best in best_apart(observed, round(times_count * self.count), self.min_gap_seconds):
            seconds = float(observed.times_seconds[best])
            more = wanted | self._around(seconds, self._reach_seconds, known)
            if self.cost(np.flatnonzero(more & ~known)) > most_cost:
                break
            wanted = more
        return wanted

    def around_peaks(self, state: PlanState, known: Flags) -> Flags:
        """Tell which frames (P,) are within reach of the present peaks."""
        wanted = np.zeros(len(known), np.bool_)
        if state.samples is None:
            return wanted
        for seconds in state.samples.times_seconds[list(state.peaks())].tolist():
            wanted |= self._around(seconds, self.reach_seconds, known)
        return wanted

    def _around(self, seconds: float, reach_seconds: float, known: Flags) -> Flags:
        """Tell which frames (P,) are within reach, and to spare if not all that are are `known`."""
        apart = np.abs(self.timeline.times_seconds - seconds)
        near = apart <= reach_seconds + _TINY
        return near if known[near].all() else apart <= reach_seconds + self.spare_seconds + _TINY

    def closely(self, wanted: Flags, known: Flags, state: PlanState) -> FrameRequest | None:
        """Give the request for those of the `wanted` frames (P,) that are not `known` (P,), if any.

        All that are wanted are measured at full size in passing, once: picks are chosen from them.
        """
        details = wanted & (self.reach_seconds > 0)
        for done in state.processed:
            details[list(done.request.detail_indices)] = False
        return request_for(np.flatnonzero(wanted & ~known), np.flatnonzero(details))

    def cost(self, rows: Rows) -> float:
        """Cost of decoding and scoring `rows` (n,); one frame on its own costs 1."""
        return self._gops.cost(rows)

    def rows_of(self, request: FrameRequest) -> Rows:
        """Give the rows (n,) of the timeline that `request` asks for."""
        if request.frame_indices is None:
            return np.arange(len(self.timeline))
        return np.array(request.frame_indices, np.int64)

    def _rows_of(self, samples: Samples) -> Rows:
        """Give rows of the timeline; a damaged file may hold other frames than its packets tell."""
        return samples.frame_index[samples.frame_index < len(self.timeline)]

    @cached_property
    def grid_cost(self) -> float:
        """Cost of the whole grid."""
        return self.cost(self._grid.rows)

    @cached_property
    def around_count(self) -> float:
        """Estimated number of all frames within reach of the picks."""
        return self.count * 2 * self._reach_seconds * frame_rate(self.timeline)

    @cached_property
    def around_cost(self) -> float:
        """Estimated cost of all frames within reach of the picks."""
        lengths = self._gops.end - self._gops.start
        lead = float((lengths**2).sum()) / (2 * len(self.timeline))
        window = 2 * self._reach_seconds * frame_rate(self.timeline)
        return self.count * (SEEK_COST + DECODE_COST * lead + (1 - DECODE_COST / 2) * window)

    @property
    def _reach_seconds(self) -> float:
        return max(self.reach_seconds, MIN_REACH_SECONDS)

    @cached_property
    def _gops(self) -> Gops:
        return Gops.of(self.timeline)

    @cached_property
    def _grid(self) -> Grid:
        return Grid.of(self.timeline, self._gops)

    @cached_property
    def _segments(self) -> Segments:
        return Segments.of(self.timeline, self._gops, self._static)

    @cached_property
    def _motion_seconds(self) -> Floats:
        return motion_seconds(self.timeline)

    @cached_property
    def _static(self) -> Flags:
        return static(self.timeline, self._motion_seconds)

    def _improvement(self, observed: Observations) -> Floats:
        """Give the expected improvement (M,) of the picks by each segment."""
        start, last = self._segments.start, self._segments.end - 1
        mean, deviation = posterior((start + last + 1) // 2, observed)
        picks = best_apart(observed, self.count, self.min_gap_seconds)
        short = len(picks) < self.count
        bar = np.full(len(mean), observed.mean if short else observed.values[picks[-1]])
        times, weighted = self.timeline.times_seconds, observed.motion_seconds
        for pick in picks:
            # where no place is left for one more pick, the segment has to beat the pick there
            is_near = _all_within(self.min_gap_seconds, times, start, last, observed.rows[pick])
            is_same = _all_within(SAME_PICTURE_SECONDS, weighted, start, last, observed.rows[pick])
            bar[is_near | is_same] = np.maximum(bar[is_near | is_same], observed.values[pick])
        return expected_improvement(mean, deviation, bar)


def _all_within(seconds: float, times: Floats, start: Rows, last: Rows, row: int) -> Flags:
    """Give flags (M,), True where all of `start` to `last` (M,) lies within `seconds` of `row`."""
    apart = np.maximum(np.abs(times[start] - times[row]), np.abs(times[last] - times[row]))
    return np.asarray(apart < seconds, np.bool_)
