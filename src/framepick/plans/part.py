"""A part of a video: a plan that sees nothing else, and frames that are decoded first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from framepick.plans.candidates import request_for
from framepick.protocols import Plan, PlanState, ProcessedRequest
from framepick.types import Flags, FrameRequest, Rows, Timeline


@dataclass(frozen=True, eq=False)
class PartPlan:
    """Asks for what `plan` asks for in a film that holds the rows `seen` only."""

    plan: Plan
    frame_count: int
    """Frames of the whole video."""
    seen: Rows
    """(n,) rows of the timeline, rising, that `plan` knows."""
    wanted: Rows
    """(m,) rows that are decoded where `plan` asks for every frame."""
    first: Rows
    """(k,) rows that are decoded before `plan` is asked."""
    uses_parts: ClassVar[bool] = True

    def next(self, state: PlanState) -> FrameRequest | None:
        """Give the next request, None when the exploration is done."""
        known = self._known(state)
        if state.is_complete:
            return None
        if not known[self.first].all():
            return request_for(self.first[~known[self.first]])
        request = self.plan.next(self._inside(state)) if len(self.seen) else None
        if request is None:
            return None
        if request.frame_indices is None:
            return request_for(self.wanted[~known[self.wanted]])
        rows, details = (
            self.seen[list(places)] for places in (request.frame_indices, request.detail_indices)
        )
        return request_for(rows, details)

    def _known(self, state: PlanState) -> Flags:
        """Give flags (P,) that are True for frames that were decoded, or requested and lost."""
        known = np.zeros(self.frame_count, np.bool_)
        if state.samples is not None:
            rows = state.samples.frame_index
            known[rows[rows < self.frame_count]] = True
        for done in state.processed:
            known[list(done.request.frame_indices or ())] = True
        return known

    def _inside(self, state: PlanState) -> PlanState:
        """Give the state as the plan sees it, by rows of `seen`."""
        samples, peaks = state.samples, state.peaks
        if samples is None:
            return replace(state, processed=self._processed(state))
        is_seen = np.isin(samples.frame_index, self.seen)

        def seen_peaks() -> Sequence[int]:
            rows = np.array([row for row in peaks() if is_seen[row]], np.int64)
            return [int(place) for place in (np.cumsum(is_seen) - 1)[rows]]

        inside = samples.of_rows(np.flatnonzero(is_seen)) if is_seen.any() else None
        if inside is not None:
            inside = replace(inside, frame_index=self._place(inside.frame_index))
        return replace(state, samples=inside, peaks=seen_peaks, processed=self._processed(state))

    def _processed(self, state: PlanState) -> tuple[ProcessedRequest, ...]:
        return tuple(
            replace(done, request=request)
            for done in state.processed
            if (request := self._seen_request(done.request))
        )

    def _seen_request(self, request: FrameRequest) -> FrameRequest | None:
        rows, details = (
            self._place(asked[np.isin(asked, self.seen)])
            for places in (request.frame_indices, request.detail_indices)
            for asked in [np.array(places or (), np.int64)]
        )
        return request_for(rows, details)

    def _place(self, rows: Rows) -> Rows:
        return np.searchsorted(self.seen, rows)


def part_of(timeline: Timeline, rows: Rows) -> Timeline:
    """Give the timeline of `rows` (n,), rising; where a stretch begins, decoding can start."""
    key = timeline.key[rows] | (np.diff(rows, prepend=-2) > 1)
    return Timeline(timeline.times_seconds[rows], key, timeline.size[rows])


def from_key_frames(timeline: Timeline, rows: Rows) -> Rows:
    """Give `rows` (n,) and those that lead to them from key frames, which are passed anyway."""
    keys = np.flatnonzero(timeline.key)
    if not len(keys) or not len(rows):
        return rows
    starts = rows[np.diff(rows, prepend=-2) > 1]
    before = keys[np.maximum(np.searchsorted(keys, starts, side="right") - 1, 0)]
    lead = [np.arange(min(key, start), start) for key, start in zip(before, starts, strict=True)]
    return np.unique(np.concatenate([rows, *lead]))
