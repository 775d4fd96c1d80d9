"""The fast plan: a sparse grid first, then the segments of most expected improvement per cost.

Key frames decode alone, so they make up the grid. The posterior of the scores, given what was
observed, tells the expected improvement of the picks by each segment of about two seconds; some
frames of the best are decoded next, and in the end all frames around the best observations. The
posterior only tells where to look; around a pick every frame is decoded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from framepick.plans.candidates import Candidates, request_for
from framepick.plans.gops import frame_rate
from framepick.protocols import PlanState
from framepick.types import Flags, FrameRequest

SHARE = 0.03
"""Share of the cost of all frames that is spent on segments."""
SECONDS_PER_PICK = 7.0
"""Length of video whose cost is spent on segments for each pick at least."""
PARTS = 8
"""The effort is spent in so many parts, with a new posterior after each."""
MOST_COST = 0.5
"""Share of the cost of all frames up to which the plan pays."""


@dataclass(frozen=True, eq=False)
class FastPlan:
    """Decides from the frames decoded so far which to decode next."""

    candidates: Candidates
    effort: float | None = None
    """Cost that may be spent on segments, as `Candidates.cost` counts it; None takes `SHARE` of
    all frames, at least `SECONDS_PER_PICK` for each pick."""
    uses_parts: ClassVar[bool] = True

    def next(self, state: PlanState) -> FrameRequest | None:
        """Give the next request, None when the effort is spent and all around picks is decoded."""
        known = self.candidates.known(state)
        if state.is_complete or known.all():
            return None
        return next(filter(None, self._in_turn(state, known)), None)

    def _in_turn(self, state: PlanState, known: Flags) -> Iterator[FrameRequest | None]:
        """Give the next request, and those instead where there is nothing to ask for."""
        candidates = self.candidates
        yield request_for(candidates.grid(known))
        observed = candidates.observations(state.samples)
        if observed is not None:
            spent = candidates.cost(np.flatnonzero(known))
            if (left := self._effort + candidates.grid_cost - spent) > 0:
                most = min(left, self._effort / PARTS)
                yield request_for(candidates.best_segments(observed, known, most))
            yield candidates.closely(candidates.around_picks(observed, known), known, state)
        yield candidates.closely(candidates.around_peaks(state, known), known, state)

    @cached_property
    def _effort(self) -> float:
        if self.effort is not None:
            return self.effort
        timeline = self.candidates.timeline
        least = self.candidates.count * SECONDS_PER_PICK * frame_rate(timeline)
        return max(SHARE * len(timeline), least)

    @property
    def pays(self) -> bool:
        """Whether the plan costs much less than to decode and score all frames."""
        cost = self.candidates.grid_cost + self._effort + self.candidates.around_cost
        return cost < MOST_COST * len(self.candidates.timeline)
