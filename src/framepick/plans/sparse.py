"""The fast plan of short videos: all is decoded once, and every few frames are scored.

A short video is decoded from start to end in little more time than some of its frames, because
decoding starts at key frames; what takes the time is the encoder. So frames in even steps are
scored first, then every frame around the best of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from framepick.plans.candidates import Candidates, request_for
from framepick.protocols import PlanState
from framepick.types import Flags, FrameRequest, Rows

STEP_SECONDS = 0.2
"""Time between two frames that are scored first."""
EVERYTHING = 0.8
"""Share of all frames from which all are requested at once."""
_SHORT = 600
"""Frames of a film that may all be measured at full size."""
_TINY = 1e-6


@dataclass(frozen=True, eq=False)
class SparsePlan:
    """Decides from the frames scored so far which to score next."""

    candidates: Candidates
    uses_parts: ClassVar[bool] = True

    def next(self, state: PlanState) -> FrameRequest | None:
        """Give the next request, None when all around picks is scored."""
        known = self.candidates.known(state)
        if state.is_complete or known.all():
            return None
        if self._is_all_cheaper:
            return self._everything
        return next(filter(None, self._in_turn(state, known)), None)

    def _in_turn(self, state: PlanState, known: Flags) -> Iterator[FrameRequest | None]:
        """Give the next request, and those instead where there is nothing to ask for."""
        candidates = self.candidates
        yield request_for(self._steps[~known[self._steps]])
        observed = candidates.observations(state.samples)
        if observed is not None:
            yield candidates.closely(candidates.around_picks(observed, known), known, state)
        yield candidates.closely(candidates.around_peaks(state, known), known, state)

    @property
    def _everything(self) -> FrameRequest:
        """The request for all frames; those of a short film are all close to picks."""
        count = len(self.candidates.timeline)
        is_close = self.candidates.reach_seconds > 0 and count <= _SHORT
        return FrameRequest(None, tuple(range(count)) if is_close else (), has_pictures=True)

    @cached_property
    def _steps(self) -> Rows:
        times = self.candidates.timeline.times_seconds
        steps = np.arange(times[0], times[-1], STEP_SECONDS)
        return np.unique(np.searchsorted(times, steps - _TINY))

    @cached_property
    def _is_all_cheaper(self) -> bool:
        around, total = self.candidates.around_count, len(self.candidates.timeline)
        return len(self._steps) + around * (1 - len(self._steps) / total) >= EVERYTHING * total
