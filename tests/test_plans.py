from __future__ import annotations

import numpy as np

from framepick.plans import ExactPlan
from framepick.types import ScoreCurve, Span


def test_the_exact_plan_asks_for_everything_once() -> None:
    plan = ExactPlan()
    curve = ScoreCurve(np.zeros(1), np.zeros(1), np.zeros(1), np.zeros(1), np.zeros(1, np.int32))
    assert plan.next(None) == Span(0.0, None)
    assert plan.next(curve) is None
