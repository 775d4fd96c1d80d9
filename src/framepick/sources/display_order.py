"""The frames that a video shows, as its packets tell them, in display order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from framepick.sources.index import PacketIndex
from framepick.sources.timestamps import lead_seconds
from framepick.types import Timeline

Numbers = NDArray[np.int64]
"""Numbers of packets in the index."""


@dataclass(frozen=True, slots=True, eq=False)
class DisplayOrder:
    """The frames of a video that are shown, in display order."""

    numbers: Numbers
    """(F,) the numbers of their packets."""
    timeline: Timeline

    @classmethod
    def of(
        cls, index: PacketIndex, first: int, time_base: Fraction, start: Fraction | None = None
    ) -> DisplayOrder | None:
        """List the frames from that of packet `first` on; None where the index cannot tell.

        Their times count from the `start` of sound, in seconds, if that comes first.
        """
        numbers = index.in_display_order(first)
        if numbers is None or len(numbers) == 0:
            return None
        ticks = index.pts[numbers] - index.pts[numbers[0]]
        lead = lead_seconds(int(index.pts[numbers[0]]), time_base, start)
        times = ticks * time_base.numerator / time_base.denominator + lead
        return cls(numbers, Timeline(times, index.key[numbers], index.size[numbers]))

    def rows(self, frame_indices: Sequence[int]) -> NDArray[np.int64]:
        """Give those of `frame_indices` that exist, each once, rising."""
        rows = np.unique(np.asarray(frame_indices, np.int64))
        return rows[(rows >= 0) & (rows < len(self.timeline))]
