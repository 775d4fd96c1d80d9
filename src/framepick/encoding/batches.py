"""Groups of frames, or of anything else, as they are encoded together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import numpy as np

from framepick.types import Frame, FrameBatch, FrameMeasures

Item = TypeVar("Item")


def in_groups(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Group items as they come, `size` at a time, the last group as large as it is."""
    rest = iter(items)
    while group := list(islice(rest, size)):
        yield group


def in_batches(
    frames: Iterable[Frame], size: int
) -> Iterator[tuple[FrameBatch, list[FrameMeasures]]]:
    """Group frames as they come, `size` at a time, each batch with the measures of its frames."""
    for group in in_groups(frames, size):
        views = np.stack([frame.view for frame in group])  # (N, S, S, 3)
        batch = FrameBatch(views, tuple(frame.moment for frame in group))
        yield batch, [frame.measures for frame in group]
