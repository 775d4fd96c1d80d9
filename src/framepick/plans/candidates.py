"""What may be seen next of a film, and what it costs (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from framepick.plans.gops import DECODING, SEEKING, Flags, Gops, Rows, frame_rate
from framepick.plans.grid import Grid
from framepick.plans.motion import film_seconds, still
from framepick.plans.posterior import (
    SAME_SECONDS,
    Seen,
    best_apart,
    expected_improvement,
    posterior,
    seen,
)
from framepick.plans.segments import Segments
from framepick.protocols import PlanState
from framepick.types import Floats, FrameRequest, Samples, Timeline

LEAST_GAIN = 0.5
"""Improvement, in deviations of the film's scores, that all stretches together may leave unseen."""
LEAST_REACH_SECONDS = 0.4
"""To each side of a pick, without which smoothing cannot tell how good it is."""
_TINY = 1e-9


def request_for(rows: Rows) -> FrameRequest | None:
    """Give the request for `rows` (n,) of a timeline, None if there are none."""
    return FrameRequest(frame_indices=tuple(rows.tolist())) if len(rows) else None


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

    def known(self, state: PlanState) -> Flags:
        """(P,) True for frames that were decoded, or asked for and lost."""
        known = np.zeros(len(self.timeline), np.bool_)
        if state.samples is not None:
            known[self._rows_of(state.samples)] = True
        for done in state.processed:
            known[self.rows_of(done.request)] = True
        return known

    def observations(self, samples: Samples | None) -> Seen | None:
        """Sum up the frames decoded so far; None if the timeline holds none of them."""
        if samples is None or not len(self._rows_of(samples)):
            return None
        return seen(self.timeline, self._film_seconds, self._still, samples)

    def grid(self, known: Flags, most_cost: float = np.inf) -> Rows:
        """Give the next batch of frames spread over the film; none if all were seen."""
        return self._grid.batch(known, most_cost / (self.grid_cost / len(self._grid.rows)))

    def stretches(
        self, of: Seen, known: Flags, most_cost: float, least_gain: float = LEAST_GAIN
    ) -> Rows:
        """Give frames of the stretches that promise most for what they cost; none if none does."""
        gain = self._improvement(of)
        gain = np.where(gain < least_gain * of.deviation / len(gain), 0.0, gain)
        return self._stretches.best(gain, known, most_cost)

    def around_picks(
        self, of: Seen, known: Flags, most_cost: float = np.inf, times_count: int = 1
    ) -> Rows:
        """Give the frames near the best moments seen, without which none may be picked.

        The best come first, where not all may be seen. `times_count` takes in those that might
        become picks, too.
        """
        wanted = np.zeros(len(known), np.bool_)
        times = self.timeline.times_seconds
        rows = np.flatnonzero(wanted)
        for best in best_apart(of, times_count * self.count, self.min_gap_seconds):
            first, last = of.times_seconds[best] + np.array([-1, 1]) * self._reach_seconds
            wanted[np.searchsorted(times, first) : np.searchsorted(times, last, "right")] = True
            more = np.flatnonzero(wanted & ~known)
            if self.cost(more) > most_cost:
                break
            rows = more
        return rows

    def unseen_around(self, state: PlanState, known: Flags) -> Rows:
        """Give the frames within reach of those that would be picked now and are not `known`."""
        if state.samples is None:
            return np.empty(0, np.int64)
        times = self.timeline.times_seconds
        missing = np.zeros(len(times), np.bool_)
        for time in state.samples.times_seconds[list(state.peaks())].tolist():
            missing |= np.abs(times - time) <= self.reach_seconds + _TINY
        return np.flatnonzero(missing & ~known)

    def cost(self, rows: Rows) -> float:
        """What it takes to see `rows` (n,), in frames that are decoded and scored in a row."""
        return self._groups.cost(rows)

    def rows_of(self, request: FrameRequest) -> Rows:
        """Rows (n,) of the timeline that `request` asks for."""
        if request.frame_indices is None:
            return np.arange(len(self.timeline))
        return np.array(request.frame_indices, np.int64)

    def _rows_of(self, samples: Samples) -> Rows:
        """Rows of the timeline; a damaged file may hold other frames than its packets tell."""
        return samples.frame_index[samples.frame_index < len(self.timeline)]

    @cached_property
    def grid_cost(self) -> float:
        """What the whole grid costs."""
        return self.cost(self._grid.rows)

    @cached_property
    def around_cost(self) -> float:
        """About what it costs to see all around the picks."""
        lengths = self._groups.end - self._groups.start
        lead = float((lengths**2).sum()) / (2 * len(self.timeline))
        window = 2 * self._reach_seconds * frame_rate(self.timeline)
        return self.count * (SEEKING + DECODING * lead + (1 - DECODING / 2) * window)

    @property
    def _reach_seconds(self) -> float:
        return max(self.reach_seconds, LEAST_REACH_SECONDS)

    @cached_property
    def _groups(self) -> Gops:
        return Gops.of(self.timeline)

    @cached_property
    def _grid(self) -> Grid:
        return Grid.of(self.timeline, self._groups)

    @cached_property
    def _stretches(self) -> Segments:
        return Segments.of(self.timeline, self._groups, self._still)

    @cached_property
    def _film_seconds(self) -> Floats:
        return film_seconds(self.timeline)

    @cached_property
    def _still(self) -> Flags:
        return still(self.timeline, self._film_seconds)

    def _improvement(self, of: Seen) -> Floats:
        """(M,) by how much each stretch may be expected to better the picks."""
        start, last = self._stretches.start, self._stretches.end - 1
        mean, deviation = posterior((start + last + 1) // 2, of)
        picks = best_apart(of, self.count, self.min_gap_seconds)
        short = len(picks) < self.count
        bar = np.full(len(mean), of.mean if short else of.values[picks[-1]])
        times, film = self.timeline.times_seconds, of.film_seconds
        for pick in picks:
            # where no place is left for one more pick, the stretch has to beat the pick there
            is_near = _all_within(self.min_gap_seconds, times, start, last, of.rows[pick])
            is_same = _all_within(SAME_SECONDS, film, start, last, of.rows[pick])
            bar[is_near | is_same] = np.maximum(bar[is_near | is_same], of.values[pick])
        return expected_improvement(mean, deviation, bar)


def _all_within(seconds: float, times: Floats, start: Rows, last: Rows, row: int) -> Flags:
    """(M,) True where all from `start` to `last` (M,) lies closer than that to `row`."""
    apart = np.maximum(np.abs(times[start] - times[row]), np.abs(times[last] - times[row]))
    return np.asarray(apart < seconds, np.bool_)
