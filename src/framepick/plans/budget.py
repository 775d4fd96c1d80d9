"""The budget plan: the best picks that can be found within a time.

It goes on as the fast plan does, by the throughput of the requests so far, until the time is up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framepick.plans.candidates import Candidates, request_for
from framepick.plans.posterior import Observations
from framepick.protocols import PlanState
from framepick.types import Flags, FrameRequest, Rows

GRID_SHARE = 0.4
"""Share of the time at most that goes to the grid."""
CLOSING_SHARE = 0.7
"""Share of the time after which frames around the best observations come first."""
PARTS = 12
"""The segments of one request take one such part of the time."""
FIRST_COST = 150.0
"""Cost at most of what is requested before the throughput is known."""
WHOLE_MARGIN = 1.15
"""Decoding everything cannot end early, so it has to fit with this factor to spare."""
MARGIN = 1.15
"""A request may take longer than those before it by this factor."""
DECAY = 0.6
"""Weight of a request in the throughput, relative to the one after it."""
_WIDER_COUNTS = (1, 2, 4, 8, 16)
"""In the end all is decoded around so many times as many observations as picks are wanted."""


@dataclass(frozen=True, slots=True)
class Throughput:
    """How long requests take, estimated from those that were processed."""

    seconds: float = 0.0
    """Seconds that the latest requests took, older ones weighted down."""
    cost: float = 0.0
    """Cost of the same requests, weighted alike."""

    def after(self, seconds: float, cost: float) -> Throughput:
        """Give the throughput once a request of this cost has taken so many seconds."""
        return Throughput(DECAY * self.seconds + seconds, DECAY * self.cost + cost)

    def seconds_for(self, cost: float) -> float:
        """Estimate the seconds for a request of this cost; 0 before any was processed."""
        return MARGIN * cost * self.seconds / self.cost if self.cost else 0.0

    def cost_within(self, seconds: float) -> float:
        """Estimate the cost that fits into some seconds; `FIRST_COST` before any was processed."""
        if seconds <= 0:
            return 0.0
        return seconds * self.cost / (MARGIN * self.seconds) if self.seconds else FIRST_COST


@dataclass(frozen=True, eq=False)
class BudgetPlan:
    """Decides from the frames decoded so far and the time left which to decode next."""

    candidates: Candidates
    budget_seconds: float
    """When all is to be done, what follows the exploration included, by `PlanState.seconds`."""
    closing_cost: float = 0.0
    """Cost of what follows the exploration, such as stills, as `Candidates.cost` counts it."""
    uses_parts: ClassVar[bool] = True

    def next(self, state: PlanState) -> FrameRequest | None:
        """Give the next request, None when time is up or nothing is left to improve.

        The first request is made however little time there is.
        """
        known = self.candidates.known(state)
        if state.is_complete or known.all():
            return None
        time = self._time(state)
        if time.throughput.cost and time.is_enough_for(WHOLE_MARGIN * len(known)):
            return FrameRequest()
        observed = self.candidates.observations(state.samples)
        if observed is None:
            return request_for(self.candidates.grid(known))
        for rows in self._in_turn(observed, known, time):
            if len(rows) and self.candidates.cost(rows) <= time.affordable_cost:
                return request_for(rows)
        rows = np.flatnonzero(self.candidates.around_peaks(state, known) & ~known)
        return request_for(rows) if time.is_enough_for(self.candidates.cost(rows)) else None

    def _time(self, state: PlanState) -> _Time:
        throughput = Throughput()
        for done in state.processed:
            cost = self._cost_of(done.request)
            throughput = throughput.after(done.end_seconds - done.start_seconds, cost)
        start = state.processed[0].start_seconds if state.processed else state.seconds
        end = self.budget_seconds - throughput.seconds_for(self.closing_cost)
        return _Time(throughput, start, state.seconds, end)

    def _cost_of(self, request: FrameRequest) -> float:
        rows = self.candidates.rows_of(request)
        return float(len(rows)) if request.is_everything else self.candidates.cost(rows)

    def _in_turn(self, observed: Observations, known: Flags, time: _Time) -> Iterator[Rows]:
        """Give the rows to decode next, and those instead where they are none or cost too much."""
        most, candidates = time.affordable_cost, self.candidates
        if time.share_passed >= CLOSING_SHARE:
            yield np.flatnonzero(candidates.around_picks(observed, known, most) & ~known)
        if time.share_passed < GRID_SHARE:
            yield candidates.grid(known, most * GRID_SHARE)
        part = min(most, time.throughput.cost_within((time.end - time.start) / PARTS))
        yield candidates.best_segments(observed, known, part)
        yield candidates.grid(known, most)
        for times_count in _WIDER_COUNTS:
            around = candidates.around_picks(observed, known, most, times_count)
            yield np.flatnonzero(around & ~known)
        yield candidates.best_segments(observed, known, part, 0.0)


@dataclass(frozen=True, slots=True)
class _Time:
    """The time that the exploration has."""

    throughput: Throughput
    start: float
    """When the exploration started, in seconds by `PlanState.seconds`."""
    now: float
    """The present."""
    end: float
    """When the exploration has to end."""

    @property
    def affordable_cost(self) -> float:
        """The cost that a request may have to end in time."""
        return self.throughput.cost_within(self.end - self.now)

    @property
    def share_passed(self) -> float:
        """The share of the time that has passed."""
        whole = self.end - self.start
        return (self.now - self.start) / whole if whole > 0 else 1.0

    def is_enough_for(self, cost: float) -> bool:
        """Tell whether a request of this cost ends in time."""
        return self.now + self.throughput.seconds_for(cost) <= self.end
