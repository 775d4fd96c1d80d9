"""What a distribution of votes says: how good on average, how much people differ, good or bad."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from framepick.types import Floats


def mean_vote(shares: Floats, values: Floats) -> Floats:
    """Mean vote (N,) of pictures whose votes fall in shares (N, B) on `values` (B,)."""
    return shares @ values


def vote_spread(shares: Floats, values: Floats) -> Floats:
    """Standard deviation (N,) of the votes of each picture, in the unit of `values`."""
    distance = values - mean_vote(shares, values)[:, None]  # (N, B)
    return np.asarray(np.sqrt((shares * distance * distance).sum(axis=1)), np.float64)


def is_good(shares: Floats, values: Floats) -> NDArray[np.bool_]:
    """Whether the mean vote (N,) lies above the middle of the scale."""
    middle = (values[0] + values[-1]) / 2.0
    return np.asarray(mean_vote(shares, values) > middle, np.bool_)
