from __future__ import annotations

from framepick.plans import ExactPlan
from framepick.types import FrameRequest
from tests.replayed import film, seen_by


def test_the_exact_plan_asks_for_everything_once() -> None:
    timeline, scores = film(0, 10.0)
    plan = ExactPlan()
    assert plan.next(None) == FrameRequest()
    assert plan.next(seen_by(timeline, scores, timeline.key)) is None
