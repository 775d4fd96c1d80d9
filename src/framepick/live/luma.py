"""The luma of views."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from framepick.types import Pixels

_WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)  # BT.601


def luma_of_view(view: Pixels) -> NDArray[np.uint8]:
    """Give the luma (S, S) uint8 of a view (S, S, 3)."""
    luma: NDArray[np.uint8] = np.rint(view @ _WEIGHTS).astype(np.uint8)
    return luma
