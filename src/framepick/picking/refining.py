"""What picking asks of a refiner: the frame to keep near a candidate, or that there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framepick.reasons import Reason
from framepick.types import Floats


@dataclass(frozen=True, slots=True)
class RefinedPeak:
    """The frame that is kept for a candidate."""

    row: int
    reasons: tuple[Reason, ...] = ()
    """How it compares with the frames nearby."""
    runner_up: tuple[int, Reason] | None = None
    """Row of the frame that comes second, and why it does."""


@dataclass(frozen=True, slots=True, eq=False)
class AllVetoed:
    """No frame near a candidate can be kept."""

    rows: NDArray[np.int64]
    """(n,) rows that are all vetoed, empty where frames are only too close to other picks."""


RefinePeak = Callable[[int, Floats, float], RefinedPeak | AllVetoed]
"""Chooses the frame to keep near a row, given the times of the picks so far and their spacing."""


def keep_peak(row: int, taken_seconds: Floats, gap_seconds: float) -> RefinedPeak:
    """Keep the frame of the candidate itself."""
    return RefinedPeak(row)
