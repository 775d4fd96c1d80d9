"""The best frame around a peak, judged at full size against its own neighbours."""

from framepick.refine.refiner import RefineConfig, Refiner

__all__ = ["RefineConfig", "Refiner"]
