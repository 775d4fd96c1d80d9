"""The fast plan: a sparse grid first, then the stretches that promise most for what they cost.

Key frames decode alone. What they and the stretches seen so far tell of the rest is a belief. Of
all stretches of about a second, those with the largest expected improvement of the picks over their
cost come next. The belief only says where to look; what is picked was decoded frame by frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from framepick.plans.belief import Flags, Rows, Seen, belief, best_apart, expected_improvement, seen
from framepick.plans.grid import FIRST_KEYS, MOST_KEYS, grid
from framepick.plans.pace import film_seconds
from framepick.plans.stretches import Stretches, cost, frame_rate
from framepick.types import Floats, Samples, Span, Timeline

SHARE = 0.05
"""Of the cost of all frames that is spent beyond the grid."""
SECONDS_PER_PICK = 10.0
"""Of film whose cost is spent for each pick, however short the film is."""
PARTS = 12
"""In so many parts the effort is spent; after each, the belief is made anew."""
EVERYTHING = 0.6
"""Share of the cost of all frames from which all are asked for at once."""


@dataclass(frozen=True, eq=False)
class FastPlan:
    """Decides from the frames seen so far which to see next."""

    timeline: Timeline
    count: int
    """Picks that are wanted."""
    min_gap_seconds: float
    effort: float | None = None
    """What may be spent beyond the grid, in frames that are decoded and scored; None takes `SHARE`
    of all, at least `SECONDS_PER_PICK` of film for each pick."""

    def next(self, samples: Samples | None) -> Span | None:
        known = self._known(samples)
        if known.all():
            return None
        if self._grid_cost + self._effort >= EVERYTHING * len(self.timeline):
            return Span()
        if len(rows := self._grid_rows(known)):
            return Span(ordinals=tuple(rows.tolist()))
        assert samples is not None
        left = self._effort + self._grid_cost - cost(self.timeline, known)
        if left <= 0:
            return None
        rows = self._stretch_rows(seen(self.timeline, self._film_seconds, samples), max(left, 0), self._effort / PARTS)
        return Span(ordinals=tuple(rows.tolist())) if len(rows) else None

    def _known(self, samples):
        known = np.zeros(len(self.timeline), np.bool_)
        if samples is not None:
            known[samples.ordinal[samples.ordinal < len(known)]] = True
        return known

    @cached_property
    def _effort(self) -> float:
        if self.effort is not None:
            return self.effort
        least = self.count * SECONDS_PER_PICK * frame_rate(self.timeline)
        return max(SHARE * len(self.timeline), least)

    @cached_property
    def _grid(self):
        return grid(self.timeline)

    @cached_property
    def _grid_cost(self):
        known = np.zeros(len(self.timeline), np.bool_)
        known[np.concatenate(self._grid)] = True
        return cost(self.timeline, known)

    def _grid_rows(self, known) -> Rows:
        missing = [rows for rows in self._grid if not known[rows].all()]
        done = len(self._grid) - len(missing)
        batch = missing[: int(np.clip(done, FIRST_KEYS, MOST_KEYS))]
        return np.sort(np.concatenate(batch)) if batch else np.empty(0, np.int64)

    @cached_property
    def _film_seconds(self):
        return film_seconds(self.timeline)

    @cached_property
    def _stretches(self) -> Stretches:
        return Stretches.of(self.timeline)

    def _stretch_rows(self, of: Seen, left: float, part: float) -> Rows:
        unseen = self._stretches.unseen(of.known)
        gain = np.where(unseen > 0, self._improvement(of), 0.0)
        worth, costs = self._stretches.worth(gain, unseen)
        best = self._stretches.best_of_groups(np.where(gain > 0, worth, 0.0))
        best = best[np.argsort(-worth[best], kind="stable")]
        spent = np.cumsum(costs[best])
        count = max(1, int(np.searchsorted(spent, min(left, part), side="right")))
        return self._stretches.rows(best[:count].tolist(), of.known)

    def _improvement(self, of: Seen) -> Floats:
        """(M,) by how much each stretch may be expected to better the picks."""
        times = self.timeline.times_seconds
        first, last = times[self._stretches.start], times[self._stretches.end - 1]
        middle = (self._stretches.start + self._stretches.end) // 2
        mean, deviation = belief(self._film_seconds[middle], of)
        picks = best_apart(of, self.count, self.min_gap_seconds)
        short = len(picks) < self.count
        bar = np.full(len(mean), of.mean if short else of.values[picks[-1]])
        for row in picks:
            # where no place is left for one more pick, the stretch has to beat the pick there
            time = of.times_seconds[row]
            apart = np.maximum(np.abs(time - first), np.abs(time - last))
            near = apart < self.min_gap_seconds
            bar[near] = np.maximum(bar[near], of.values[row])
        return expected_improvement(mean, deviation, bar)
