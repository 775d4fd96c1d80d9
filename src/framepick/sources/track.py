"""The video stream of a file that is decoded, as the index pass found it."""

from __future__ import annotations

import os
from dataclasses import dataclass

from framepick.errors import SourceError
from framepick.sources.index import PacketIndex
from framepick.sources.wire import CHANGED

FileState = tuple[int, int, int, int]
"""Device, inode, bytes and time of the last change in nanoseconds."""


def file_state(path: str) -> FileState | None:
    """Give what tells a file that was written to, or replaced; None where there is none."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):  # a name with a NUL is a ValueError
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One video stream of a file, and its packets."""

    path: str
    stream_index: int
    """`index` of the stream in its container."""
    index: PacketIndex
    threads: int
    """Decoder threads; damaged stretches are decoded with one all the same."""
    state: FileState | None
    """The file's state before its packets were indexed."""

    def has_changed(self) -> bool:
        """Tell whether the file was written to, replaced or removed since it was indexed."""
        return file_state(self.path) != self.state

    def check_whole(self, packet_count: int) -> None:
        """Raise an error if a file gave only `packet_count` packets this time because it changed.

        Raises
        ------
        SourceError
            Packets are missing, and the file is another than the one that was indexed.
        """
        if packet_count < len(self.index) and self.has_changed():
            raise SourceError(CHANGED)
