"""The fast plan: a sparse grid first, then the stretches that promise most for what they cost.

Key frames decode alone. What they and the stretches seen so far tell of the rest is a belief. Of
all stretches of about two seconds, those with the largest expected improvement of the picks over
their cost come next, some frames of each; then all frames around the best moments found. The belief
only says where to look; what is picked was decoded frame by frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from framepick.plans.candidates import Candidates, request_for
from framepick.plans.gops import Flags, Rows, frame_rate
from framepick.protocols import PlanState
from framepick.types import FrameRequest

SHARE = 0.03
"""Of the cost of all frames that is spent on stretches."""
SECONDS_PER_PICK = 7.0
"""Of film whose cost is spent for each pick, however short the film is."""
PARTS = 8
"""The effort is spent in so many parts; after each, the belief is made anew."""
EVERYTHING = 0.5
"""Share of the cost of all frames from which all are asked for, in one go."""


@dataclass(frozen=True, eq=False)
class FastPlan:
    """Decides from the frames decoded so far which to decode next."""

    candidates: Candidates
    effort: float | None = None
    """What may be spent on stretches, in frames that are decoded and scored; None takes `SHARE`
    of all, at least `SECONDS_PER_PICK` of film for each pick."""
    uses_parts: ClassVar[bool] = True

    def next(self, state: PlanState) -> FrameRequest | None:
        """Give the next frames to decode, None when the effort is spent or all was seen."""
        known = self.candidates.known(state)
        if state.is_complete or known.all():
            return None
        if self._is_all_cheaper:
            return FrameRequest()
        for rows in self._in_turn(state, known):
            if len(rows):
                return request_for(rows)
        return None

    def _in_turn(self, state: PlanState, known: Flags) -> Iterator[Rows]:
        """What to see next, and what instead where that is nothing."""
        candidates = self.candidates
        yield candidates.grid(known)
        observed = candidates.observations(state.samples)
        if observed is not None:
            spent = candidates.cost(np.flatnonzero(known))
            if (left := self._effort + candidates.grid_cost - spent) > 0:
                yield candidates.stretches(observed, known, min(left, self._effort / PARTS))
            yield candidates.around_picks(observed, known)
        yield candidates.unseen_around(state, known)

    @cached_property
    def _effort(self) -> float:
        if self.effort is not None:
            return self.effort
        timeline = self.candidates.timeline
        least = self.candidates.count * SECONDS_PER_PICK * frame_rate(timeline)
        return max(SHARE * len(timeline), least)

    @cached_property
    def _is_all_cheaper(self) -> bool:
        spent = self.candidates.grid_cost + self._effort + self.candidates.around_cost
        return spent >= EVERYTHING * len(self.candidates.timeline)
