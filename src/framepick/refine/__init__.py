"""The best frame around a peak, judged at full size against its own neighbours."""

from framepick.refine.choice import Refined, RefineRules, refine, rows_to_see

__all__ = ["RefineRules", "Refined", "refine", "rows_to_see"]
