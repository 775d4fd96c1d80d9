"""The best frame around a peak, judged at full size against its own neighbours."""

from framepick.refine.choice import Refiner, RefineRules

__all__ = ["RefineRules", "Refiner"]
