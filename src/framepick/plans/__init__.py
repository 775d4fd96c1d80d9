"""Which frames of a source to decode next; plans decode nothing, and replay on known scores."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from framepick.config import FAST_FROM_SECONDS, VideoConfig
from framepick.plans.budget import BudgetPlan
from framepick.plans.candidates import MIN_REACH_SECONDS, Candidates
from framepick.plans.exact import ExactPlan
from framepick.plans.fast import FastPlan
from framepick.plans.part import PartPlan, from_key_frames, part_of
from framepick.plans.sparse import SparsePlan
from framepick.protocols import Plan
from framepick.scope import EVERYTHING, Scope, around
from framepick.types import Timeline

__all__ = ["WRITING_SECONDS", "make_plan"]

SPARE_SECONDS = 0.2
"""Time that is decoded beyond the reach of picks: some frames more cost less than another pass."""
WRITING_SECONDS = 0.7
"""Estimated time to write all files but the stills, reserved from a budget."""


def make_plan(
    config: VideoConfig,
    timeline: Timeline | None,
    duration_seconds: float | None,
    scope: Scope = EVERYTHING,
) -> Plan:
    """Make the plan that `config` asks for, for a video of `duration_seconds`.

    Where `scope` lets in a part of the frames only, no others are asked for, but for those that
    lead there from a key frame. Without a `timeline`, because the packets do not tell the frames
    apart, every frame has to be decoded in order, whatever the plan.
    """
    if timeline is None:
        return ExactPlan()
    if scope == EVERYTHING:
        return _plan(config, timeline, duration_seconds or 0.0)
    return _part_plan(config, timeline, scope)


def _part_plan(config: VideoConfig, timeline: Timeline, scope: Scope) -> PartPlan:
    times = timeline.times_seconds
    wanted = np.flatnonzero(scope.covers(times))
    share = len(wanted) / max(1, len(times))
    seconds = share * float(times[-1] - times[0])
    begins_at_keys = _kind(config, seconds) in ("fast", "budget")
    seen = from_key_frames(timeline, wanted) if begins_at_keys else wanted
    inner = _plan(config, part_of(timeline, seen), seconds) if len(seen) else ExactPlan()
    reach = config.refine.decoded_seconds if config.refine else MIN_REACH_SECONDS
    return PartPlan(inner, len(times), seen, wanted, around(scope.required, times, reach))


def _plan(config: VideoConfig, timeline: Timeline, duration_seconds: float) -> Plan:
    kind = _kind(config, duration_seconds)
    if kind == "exact":
        return ExactPlan()
    reach = config.refine.decoded_seconds if config.refine else 0.0
    gap_seconds = config.pick.gap_seconds(timeline.times_seconds)
    candidates = Candidates(timeline, config.pick.count, gap_seconds, reach)
    if config.budget_seconds is not None:
        # each pick is decoded once more for its still, and before that for the frames around it
        closing_cost = (2.0 if config.refine else 1.0) * candidates.around_cost
        return BudgetPlan(candidates, config.budget_seconds - WRITING_SECONDS, closing_cost)
    candidates = replace(candidates, spare_seconds=SPARE_SECONDS)
    fast = FastPlan(candidates)
    return fast if kind == "fast" and fast.pays else SparsePlan(candidates)


def _kind(
    config: VideoConfig, duration_seconds: float
) -> Literal["exact", "sparse", "fast", "budget"]:
    if config.budget_seconds is not None:
        return "budget"
    if config.plan != "auto":
        return config.plan
    return "fast" if duration_seconds >= FAST_FROM_SECONDS else "sparse"
