"""Every frame of a video in pieces, so that several processes can score them (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from framepick.protocols import Plan, PlanState
from framepick.types import FrameRequest, Timeline

MOST_FRAMES = 15_000
"""A piece has hardly more frames, so that memory stays flat and little is lost with one."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Frames in a row that one process decodes and scores in one go."""

    start: int
    """Index of the first frame."""
    end: int
    """Index after the last one."""

    def __len__(self) -> int:
        return self.end - self.start

    @property
    def request(self) -> FrameRequest:
        """The frames, and the one before them, from which the first change is measured."""
        return FrameRequest(tuple(range(max(0, self.start - 1), self.end)))


def asks_for_everything(plan: Plan) -> bool:
    """Tell whether `plan` begins with a request for every frame."""
    request = plan.next(PlanState(None, tuple))
    return request is not None and request.is_everything


def pieces_of(timeline: Timeline, shares: int) -> list[Piece]:
    """Cut a video at key frames into equal pieces, about as many for each of so many processes."""
    frames = len(timeline)
    count = shares * -(-frames // (shares * MOST_FRAMES))
    even = np.arange(1, count) * frames // count
    keys = np.flatnonzero(timeline.key)
    after = np.searchsorted(keys, even)
    starts = np.unique(keys[after[after < len(keys)]])
    return [Piece(*ends) for ends in pairwise([0, *starts[starts > 0].tolist(), frames])]
