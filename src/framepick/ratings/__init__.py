"""Pictures that people rated: readers of the sets that framepick trains on and is measured by."""

from framepick.ratings.folds import theme_folds
from framepick.ratings.rated import BrokenRow, RatedSet
from framepick.ratings.reading import read_ratings

__all__ = ["BrokenRow", "RatedSet", "read_ratings", "theme_folds"]
