"""What a source remembers of the frames that it has given."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np

from framepick.protocols import SourceMemory

_UNKNOWN = -1


class KnownFrames:
    """Checksums of the views of frames, and the errors and interlacing found by their decoder."""

    def __init__(self) -> None:
        self._checksums = array("q")
        self.error_count = 0
        """Decoding errors so far."""
        self.has_fields = False
        """Whether any undamaged frame was interlaced."""

    def add(self, frame_index: int, checksum: int) -> None:
        """Note the checksum of the view of a frame."""
        while len(self._checksums) <= frame_index:
            self._checksums.append(_UNKNOWN)
        self._checksums[frame_index] = checksum

    def note(self, error_count: int, has_fields: bool) -> None:
        """Take the larger count of errors, and remember fields once there were any."""
        self.error_count = max(self.error_count, error_count)
        self.has_fields |= has_fields

    def checksum(self, frame_index: int) -> int | None:
        """The checksum of a frame's view; None if the frame was never given."""
        known = self._known(frame_index)
        return None if known == _UNKNOWN else known

    def memory(self, frame_indices: Sequence[int]) -> SourceMemory:
        """What is known of the frames `frame_indices`."""
        checksums = np.array([self._known(n) for n in frame_indices], np.int64)
        rows = np.array(frame_indices, np.int64)
        return SourceMemory(rows, checksums, self.error_count, self.has_fields)

    def recall(self, memory: SourceMemory) -> None:
        """Take over what an earlier source of the same content learnt."""
        rows = memory.frame_indices
        known = np.full(max(len(self._checksums), rows.max(initial=-1) + 1), _UNKNOWN, np.int64)
        known[: len(self._checksums)] = self._checksums
        known[rows] = memory.checksums
        self._checksums = array("q", known.tobytes())
        self.note(memory.error_count, memory.has_fields)

    def _known(self, frame_index: int) -> int:
        return self._checksums[frame_index] if frame_index < len(self._checksums) else _UNKNOWN
