"""Which stretch of a source to decode next (pure, so that plans replay on recorded scores)."""

from framepick.plans.exact import ExactPlan
from framepick.plans.fast import FastPlan, unseen_around

__all__ = ["ExactPlan", "FastPlan", "unseen_around"]
