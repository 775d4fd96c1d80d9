"""The best frame around a peak, judged at full size against its own neighbours."""

from framepick.refine.measured import MeasuredFrames, Windows
from framepick.refine.refiner import Refiner

__all__ = ["MeasuredFrames", "Refiner", "Windows"]
