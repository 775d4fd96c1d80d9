"""The fast plan: a sparse grid first, then the stretches that promise most for what they cost.

Key frames decode alone. What they and the stretches seen so far tell of the rest is a belief. Of
all stretches of about two seconds, those with the largest expected improvement of the picks over
their cost come next, some frames of each; then all frames around the best moments found. The belief
only says where to look; what is picked was decoded frame by frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from framepick.plans.candidates import Candidates
from framepick.plans.gops import frame_rate
from framepick.types import FrameRequest, Samples, Timeline

SHARE = 0.03
"""Of the cost of all frames that is spent on stretches."""
SECONDS_PER_PICK = 7.0
"""Of film whose cost is spent for each pick, however short the film is."""
PARTS = 8
"""The effort is spent in so many parts; after each, the belief is made anew."""
EVERYTHING = 0.5
"""Share of the cost of all frames from which all are asked for, in one go."""
REACH_SECONDS = 0.6


@dataclass(frozen=True, eq=False)
class FastPlan:
    """Decides from the frames seen so far which to see next."""

    timeline: Timeline
    count: int
    """Picks that are wanted."""
    min_gap_seconds: float
    effort: float | None = None
    """What may be spent on stretches, in frames that are decoded and scored; None takes `SHARE`
    of all, at least `SECONDS_PER_PICK` of film for each pick."""
    reach_seconds: float = REACH_SECONDS
    """To each side of a pick, every frame is to be seen so far."""

    def next(self, samples: Samples | None) -> FrameRequest | None:
        """Give the next frames to decode, None when the effort is spent or all was seen.

        What `samples` of an earlier search hold is not asked for again.
        """
        known = self.choices.known(samples)
        if known.all():
            return None
        if self._is_all_cheaper:
            return self.choices.ask_all()
        rows = self.choices.grid(known)
        of = self.choices.seen(samples)
        if len(rows) == 0 and of is not None:
            left = self._effort + self.choices.grid_cost - self.choices.cost(np.flatnonzero(known))
            if left > 0:
                rows = self.choices.stretches(of, known, min(left, self._effort / PARTS))
            if len(rows) == 0:
                rows = self.choices.around_picks(of, known)
        return self.choices.ask(rows)

    @cached_property
    def choices(self) -> Candidates:
        """What may be seen."""
        return Candidates(self.timeline, self.count, self.min_gap_seconds, self.reach_seconds)

    @cached_property
    def _effort(self) -> float:
        if self.effort is not None:
            return self.effort
        least = self.count * SECONDS_PER_PICK * frame_rate(self.timeline)
        return max(SHARE * len(self.timeline), least)

    @cached_property
    def _is_all_cheaper(self) -> bool:
        spent = self.choices.grid_cost + self._effort + self.choices.around_cost
        return spent >= EVERYTHING * len(self.timeline)
