"""The budget plan: the best answer within a time, improving until it ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from framepick.plans.candidates import Candidates, request_for
from framepick.plans.gops import Flags, Rows
from framepick.plans.posterior import Seen
from framepick.protocols import PlanState
from framepick.types import FrameRequest

GRID_SHARE = 0.4
"""Of the time, at most, that goes to frames spread over the film."""
CLOSING_SHARE = 0.7
"""Of the time after which what is missing around the best moments comes before anything else."""
PARTS = 12
"""Stretches that are looked into together take such a part of the time."""
FIRST_COST = 150.0
"""Frames that are seen, at most, before it is known how long that takes."""
ONE_GO_CAUTION = 1.15
"""Decoding all that is left cannot end early: it has to fit with so much to spare."""
CAUTION = 1.15
"""Spans may take so much longer than those before them."""
REMEMBERED = 0.6
"""What a span tells of the next, to what the one after it tells: the first waits for the start."""
_WIDER = (1, 2, 4, 8, 16)
"""In the end what is near so many times as many moments as picks are wanted is seen."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long requests take, learnt from those that were processed."""

    seconds: float = 0.0
    cost: float = 0.0
    """Both of the latest requests: older ones count less."""

    def after(self, seconds: float, cost: float) -> Pace:
        """Give the pace once a request of this cost took so many seconds."""
        return Pace(REMEMBERED * self.seconds + seconds, REMEMBERED * self.cost + cost)

    def seconds_for(self, cost: float) -> float:
        """Expect so long for a request of this cost; nothing, before any was processed."""
        return CAUTION * cost * self.seconds / self.cost if self.cost else 0.0

    def cost_within(self, seconds: float) -> float:
        """What can be seen within some time; little, before any request was processed."""
        if seconds <= 0:
            return 0.0
        return seconds * self.cost / (CAUTION * self.seconds) if self.seconds else FIRST_COST


@dataclass(frozen=True, eq=False)
class BudgetPlan:
    """Decides what to see next from the frames seen so far and the time that is left."""

    candidates: Candidates
    budget_seconds: float
    """When all is to be done, what follows the exploration included, by `PlanState.seconds`."""
    closing_cost: float = 0.0
    """What follows the exploration, such as stills, in the cost of frames: `Candidates.cost`."""
    uses_parts: ClassVar[bool] = True

    def next(self, state: PlanState) -> FrameRequest | None:
        """Give the next frames to decode, None when time is up or nothing is left to better.

        The first request is made however little time there is.
        """
        known = self.candidates.known(state)
        if state.is_complete or known.all():
            return None
        time = self._time(state)
        if time.pace.cost and time.is_enough_for(ONE_GO_CAUTION * len(known)):
            return FrameRequest()
        observed = self.candidates.observations(state.samples)
        if observed is None:
            return request_for(self.candidates.grid(known))
        for rows in self._in_turn(observed, known, time):
            if len(rows) and self.candidates.cost(rows) <= time.affordable_cost:
                return request_for(rows)
        rows = self.candidates.unseen_around(state, known)
        return request_for(rows) if time.is_enough_for(self.candidates.cost(rows)) else None

    def _time(self, state: PlanState) -> _Time:
        pace = Pace()
        for done in state.processed:
            cost = self._cost_of(done.request)
            pace = pace.after(done.end_seconds - done.start_seconds, cost)
        start = state.processed[0].start_seconds if state.processed else state.seconds
        end = self.budget_seconds - pace.seconds_for(self.closing_cost)
        return _Time(pace, start, state.seconds, end)

    def _cost_of(self, request: FrameRequest) -> float:
        rows = self.candidates.rows_of(request)
        return float(len(rows)) if request.is_everything else self.candidates.cost(rows)

    def _in_turn(self, observed: Seen, known: Flags, time: _Time) -> Iterator[Rows]:
        """What to see next, and what instead where that is nothing or takes too long."""
        most, candidates = time.affordable_cost, self.candidates
        if time.share_passed >= CLOSING_SHARE:
            yield candidates.around_picks(observed, known, most)
        if time.share_passed < GRID_SHARE:
            yield candidates.grid(known, most * GRID_SHARE)
        part = min(most, time.pace.cost_within((time.end - time.start) / PARTS))
        yield candidates.stretches(observed, known, part)
        yield candidates.grid(known, most)
        for times_count in _WIDER:
            yield candidates.around_picks(observed, known, most, times_count)
        yield candidates.stretches(observed, known, part, 0.0)


@dataclass(frozen=True, slots=True)
class _Time:
    """The time that the exploration has."""

    pace: Pace
    start: float
    now: float
    end: float
    """When the exploration started, the present, and when it has to end, all on one clock."""

    @property
    def affordable_cost(self) -> float:
        """The cost that a request may have to end in time."""
        return self.pace.cost_within(self.end - self.now)

    @property
    def share_passed(self) -> float:
        """The share of the time that has passed."""
        whole = self.end - self.start
        return (self.now - self.start) / whole if whole > 0 else 1.0

    def is_enough_for(self, cost: float) -> bool:
        """Tell whether a request of this cost ends in time."""
        return self.now + self.pace.seconds_for(cost) <= self.end
