"""Which stretch of a source to decode next (pure, so that plans replay on recorded scores)."""

from framepick.plans.around import unseen_around
from framepick.plans.budget import BudgetPlan
from framepick.plans.exact import ExactPlan
from framepick.plans.fast import FastPlan

__all__ = ["BudgetPlan", "ExactPlan", "FastPlan", "unseen_around"]
