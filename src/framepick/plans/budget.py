"""The budget plan: the best answer within a time, improving until it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from framepick.plans.candidates import Candidates
from framepick.plans.gops import Flags, Rows
from framepick.plans.posterior import Seen
from framepick.types import FrameRequest, Samples

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


@dataclass(slots=True)
class Pace:
    """How long spans take, learnt from those that were carried out."""

    clock: Callable[[], float]
    seconds: float = 0.0
    cost: float = 0.0
    """Both of the latest spans: older ones count less."""
    _started: float | None = None
    _expected: float = 0.0

    def begin(self, cost: float) -> None:
        """A span of this cost is carried out from now on."""
        self._started, self._expected = self.clock(), cost

    def end(self) -> None:
        """The span is done, if there was one."""
        if self._started is not None:
            self.seconds = REMEMBERED * self.seconds + self.clock() - self._started
            self.cost = REMEMBERED * self.cost + self._expected
            self._started = None

    def seconds_for(self, cost: float) -> float:
        """Expect so long for a span of this cost; nothing, before any was carried out."""
        return CAUTION * cost * self.seconds / self.cost if self.cost else 0.0

    def cost_within(self, seconds: float) -> float:
        """What can be seen within some time; little, before any span was carried out."""
        if seconds <= 0:
            return 0.0
        return seconds * self.cost / (CAUTION * self.seconds) if self.seconds else FIRST_COST


@dataclass(frozen=True, eq=False)
class BudgetPlan:
    """Decides what to see next from the frames seen so far and the time that is left.

    One object carries out one search: it learns how long spans take from call to call.
    """

    choices: Candidates
    clock: Callable[[], float]
    """Seconds, from any start."""
    deadline: float
    """Of `clock`, when the last span is to be done, and what follows the search."""
    closing_cost: float = 0.0
    """What follows the search, such as stills, in the cost of frames: as `Choices.cost`."""
    _begun: float = field(init=False)
    _pace: Pace = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_begun", self.clock())
        object.__setattr__(self, "_pace", Pace(self.clock))

    def next(self, samples: Samples | None) -> FrameRequest | None:
        """Give the next frames to decode, None when time is up or nothing is left to better.

        The first span is asked for however little time there is.
        """
        self._pace.end()
        known = self.choices.known(samples)
        if known.all():
            return None
        everything = float(len(known))
        if self._pace.cost and self.has_time_for(ONE_GO_CAUTION * everything):
            self._pace.begin(everything)
            return self.choices.ask_all()
        rows = self._rows(samples, known)
        if len(rows) == 0:
            return None
        self._pace.begin(self.choices.cost(rows))
        return self.choices.ask(rows)

    def affords(self, request: FrameRequest) -> bool:
        """Tell whether there is time for a span of chosen frames; it counts as begun if so."""
        cost = self.choices.cost(np.array(request.frame_indices or (), np.int64))
        self._pace.end()
        fits = self.has_time_for(cost)
        if fits:
            self._pace.begin(cost)
        return fits

    def has_time_for(self, cost: float) -> bool:
        """Tell whether a span of this cost ends before the deadline."""
        return self.clock() + self._pace.seconds_for(cost) <= self._end

    def _rows(self, samples: Samples | None, known: Flags) -> Rows:
        of = self.choices.seen(samples)
        if of is None:
            return self.choices.grid(known)
        most = self._pace.cost_within(self._end - self.clock())
        for rows in self._in_turn(of, known, most):
            if len(rows) and self.choices.cost(rows) <= most:
                return rows
        return np.empty(0, np.int64)

    def _in_turn(self, of: Seen, known: Flags, most: float) -> Iterator[Rows]:
        """What to see next, and what instead where that is nothing or takes too long."""
        share, choices = self._share, self.choices
        if share >= CLOSING_SHARE:
            yield choices.around_picks(of, known, most)
        if share < GRID_SHARE:
            yield choices.grid(known, most * GRID_SHARE)
        part = self._pace.cost_within((self._end - self._begun) / PARTS)
        yield choices.stretches(of, known, min(most, part))
        yield choices.grid(known, most)
        for times_count in _WIDER:
            yield choices.around_picks(of, known, most, times_count)
        yield choices.stretches(of, known, min(most, part), 0.0)

    @property
    def _end(self) -> float:
        """When the last span has to be done."""
        return self.deadline - self._pace.seconds_for(self.closing_cost)

    @property
    def _share(self) -> float:
        """Of the time that has passed."""
        whole = self._end - self._begun
        return (self.clock() - self._begun) / whole if whole > 0 else 1.0
