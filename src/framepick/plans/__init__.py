"""Which frames of a source to decode next; plans decode nothing, and replay on known scores."""

from framepick.plans.around import unseen_around
from framepick.plans.budget import BudgetPlan
from framepick.plans.exact import ExactPlan
from framepick.plans.fast import FastPlan

__all__ = ["BudgetPlan", "ExactPlan", "FastPlan", "unseen_around"]
