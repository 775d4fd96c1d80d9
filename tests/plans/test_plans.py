"""Which plan a run gets, and the simplest of them."""

from __future__ import annotations

import pytest

from framepick.config import VideoConfig
from framepick.plans import make_plan
from framepick.types import FrameRequest, Timeline
from tests.replayed import film, replay, state_of

LONG, SHORT = 600.0, 59.9


def is_exact(config: VideoConfig, timeline: Timeline | None, seconds: float | None) -> bool:
    """Tell whether everything is decoded in one request, and nothing of an earlier run is used."""
    plan = make_plan(config, timeline, seconds)
    return plan.next(state_of(None)) == FrameRequest() and not plan.uses_parts


def test_the_exact_plan_asks_for_everything_once() -> None:
    timeline, scores = film(0, 10.0)
    _, requests = replay(make_plan(VideoConfig(plan="exact"), timeline, 10.0), timeline, scores)
    assert requests == [FrameRequest()]


@pytest.mark.parametrize(
    ("config", "seconds", "expected"),
    [
        (VideoConfig(plan="exact"), LONG, True),
        (VideoConfig(plan="auto"), SHORT, False),
        (VideoConfig(plan="auto"), None, False),
        (VideoConfig(plan="auto"), 60.0, False),
        (VideoConfig(plan="fast"), SHORT, False),
        (VideoConfig(plan="auto", budget_seconds=1.0), SHORT, False),
    ],
)
def test_every_frame_is_scored_where_that_is_asked_for(
    config: VideoConfig, seconds: float | None, expected: bool
) -> None:
    timeline, _ = film(0, LONG)
    assert is_exact(config, timeline, seconds) == expected
    assert is_exact(config, None, seconds)


def test_a_budget_that_is_spent_ends_the_exploration_after_one_request() -> None:
    timeline, scores = film(0, LONG)
    configs = (VideoConfig(plan="fast"), VideoConfig(budget_seconds=0.5))
    fast, hurried = (
        replay(make_plan(config, timeline, LONG), timeline, scores)[1] for config in configs
    )
    assert len(fast) > len(hurried) == 1
