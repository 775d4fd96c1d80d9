"""Which frames of a source to decode next; plans decode nothing, and replay on known scores."""

from __future__ import annotations

from framepick.config import FAST_FROM_SECONDS, VideoConfig
from framepick.plans.budget import BudgetPlan
from framepick.plans.candidates import Candidates
from framepick.plans.exact import ExactPlan
from framepick.plans.fast import FastPlan
from framepick.protocols import Plan
from framepick.types import Timeline

__all__ = ["WRITING_SECONDS", "make_plan"]

WRITING_SECONDS = 0.7
"""Estimated time to write all files but the stills, reserved from a budget."""


def make_plan(
    config: VideoConfig, timeline: Timeline | None, duration_seconds: float | None
) -> Plan:
    """Make the plan that `config` asks for, for a video of `duration_seconds`.

    Without a `timeline`, because the packets do not tell the frames apart, every frame has to be
    decoded in order, whatever the plan.
    """
    if timeline is None or not _may_leave_out_frames(config, duration_seconds or 0.0):
        return ExactPlan()
    reach = config.refine.decoded_seconds if config.refine else 0.0
    gap_seconds = config.pick.gap_seconds(timeline.times_seconds)
    candidates = Candidates(timeline, config.pick.count, gap_seconds, reach)
    if config.budget_seconds is None:
        return FastPlan(candidates)
    # each pick is decoded once more for its still, and before that for the frames around it
    closing_cost = (2.0 if config.refine else 1.0) * candidates.around_cost
    return BudgetPlan(candidates, config.budget_seconds - WRITING_SECONDS, closing_cost)


def _may_leave_out_frames(config: VideoConfig, duration_seconds: float) -> bool:
    if config.budget_seconds is not None:
        return True
    if config.plan == "auto":
        return duration_seconds >= FAST_FROM_SECONDS
    return config.plan == "fast"
