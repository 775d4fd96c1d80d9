"""What encoders share: views checked, parted and filled up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from framepick.types import ViewSpec

Number = TypeVar("Number", np.uint8, np.float32)


def check_views(views: NDArray[np.uint8], spec: ViewSpec) -> None:
    """Raise ValueError unless `views` (N, S, S, 3) have the side that `spec` says."""
    if views.shape[1:3] != (spec.size, spec.size):
        raise ValueError(f"views must be {spec.size} x {spec.size}, not {views.shape}")


def spans(length: int, size: int) -> Iterator[slice]:
    """Rows 0 to `length`, `size` at a time; the last are as many as are left."""
    for start in range(0, length, size):
        yield slice(start, min(start + size, length))


def filled(rows: NDArray[Number], count: int) -> NDArray[Number]:
    """`rows` with zeros behind them, `count` in all."""
    if len(rows) == count:
        return rows
    whole = np.zeros((count, *rows.shape[1:]), rows.dtype)
    whole[: len(rows)] = rows
    return whole
