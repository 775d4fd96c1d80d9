"""The packets of a video, from one demux pass without decoding."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

from framepick.errors import SourceError

_MAX_FAILURES = 100
_MOST_REORDERED = 32
"""More places than any codec moves a picture from the order of the file."""
MAX_FRAMES = 20_000_000
"""Most packets that are indexed, some 200 bytes of memory each: nine days at 25 a second."""
NO_STAMP = np.iinfo(np.int64).min
"""Stands for a missing time stamp in an array."""


@dataclass(frozen=True, slots=True, eq=False)
class PacketIndex:
    """One row per packet of one stream, in the order of the file."""

    pts: NDArray[np.int64]
    dts: NDArray[np.int64]
    """Both are (P,), in time base units, `NO_STAMP` where missing."""
    duration: NDArray[np.int64]
    """(P,) in time base units, 0 where unknown."""
    size: NDArray[np.int64]
    """(P,) bytes."""
    key: NDArray[np.bool_]
    """(P,) True where decoding can start."""
    shown: NDArray[np.bool_]
    """(P,) False for pictures that are decoded but not shown: those cut away by an edit list, and
    VP8's hidden reference frames."""
    error_count: int
    """Demuxing errors."""

    def __len__(self) -> int:
        return len(self.pts)

    @property
    def has_pts(self) -> bool:
        """True if every packet carries its own presentation time."""
        return bool(np.all(self.pts != NO_STAMP)) and len(np.unique(self.pts)) == len(self)

    @property
    def keys(self) -> NDArray[np.int64]:
        """Numbers of the packets where decoding can start, rising."""
        return np.flatnonzero(self.key)

    @property
    def usual_step(self) -> int:
        """Median distance of neighbouring frames in time base units, at least 1."""
        stamps = np.sort(self.pts if self.has_pts else self.dts[self.dts != NO_STAMP])
        return max(1, int(np.median(np.diff(stamps)))) if len(stamps) > 1 else 1

    @property
    def duration_ticks(self) -> int:
        """Time base units from the first frame shown to the end of the last one."""
        stamped = self.shown & (self.pts != NO_STAMP)
        stamps = self.pts[stamped]
        if len(stamps) == 0:
            return self.usual_step * int(self.shown.sum())
        last = int(np.argmax(np.where(stamped, self.pts, NO_STAMP)))
        return int(stamps.max() - stamps.min()) + (int(self.duration[last]) or self.usual_step)

    def stamps(self, number: int) -> tuple[int | None, int | None]:
        """Give the presentation and decoding time stamps of packet `number`; None if missing."""
        pts, dts = int(self.pts[number]), int(self.dts[number])
        return (None if pts == NO_STAMP else pts), (None if dts == NO_STAMP else dts)

    def in_display_order(self, first: int) -> NDArray[np.int64] | None:
        """Give the numbers (F,) of the packets that are shown, from the picture of `first` on.

        None where time stamps are missing, repeated or restarted, so that only decoding tells the
        order.
        """
        if not self.has_pts or np.any(np.diff(self.pts[self.keys]) < 0):
            return None
        order = np.argsort(self.pts)
        if np.any(np.abs(order - np.arange(len(order))) > _MOST_REORDERED):
            return None
        wanted = self.shown[order] & (self.pts[order] >= self.pts[first])
        return np.asarray(order[wanted], dtype=np.int64)

    def start_for(self, pts: int, steps_back: int = 0) -> int | None:
        """Give the number of the key packet from which the frame at `pts` is decoded.

        `steps_back` asks for a key frame that many earlier. None if there is no frame at `pts`, or
        no key frame before it.
        """
        found = np.flatnonzero(self.pts == pts)
        if len(found) == 0:
            return None
        # a picture sent after a key frame but shown before it needs the one before
        earlier = self.key[: found[0] + 1] & (self.pts[: found[0] + 1] <= pts)
        keys = np.flatnonzero(earlier)
        return int(keys[max(0, len(keys) - 1 - steps_back)]) if len(keys) else None


class PacketReader:
    """Demuxes a file to its end, continues after errors, and counts them."""

    def __init__(self, container: InputContainer) -> None:
        self._container = container
        self.error_count = 0

    def packets(self, *streams: VideoStream) -> Iterator[Packet[Any]]:
        """Give packets that hold data, in file order; stop after 100 errors in a row."""
        failures = 0
        while failures < _MAX_FAILURES:
            try:
                for packet in self._container.demux(*streams):
                    if packet.size:
                        failures = 0
                        yield packet
            except av.error.FFmpegError:
                self.error_count += 1
                failures += 1
            else:
                return


class _Columns:
    def __init__(self, stream: VideoStream) -> None:
        self._hides = stream.codec_context.name.startswith("vp8")
        self.numbers = array("q")
        self.key = array("b")
        self.shown = array("b")

    def add(self, packet: Packet[Any]) -> None:
        self.numbers.extend(
            (
                NO_STAMP if packet.pts is None else packet.pts,
                NO_STAMP if packet.dts is None else packet.dts,
                packet.duration or 0,
                packet.size,
            )
        )
        self.key.append(packet.is_keyframe)
        # a bit of VP8's first byte tells whether the picture is shown
        hidden = self._hides and not memoryview(packet)[0] & 0x10
        self.shown.append(not packet.is_discard and not hidden)

    def index(self, error_count: int) -> PacketIndex:
        table = np.array(self.numbers, dtype=np.int64).reshape(-1, 4)
        pts, dts, duration, size = np.ascontiguousarray(table.T)
        key, shown = (np.array(flags, dtype=np.bool_) for flags in (self.key, self.shown))
        return PacketIndex(pts, dts, duration, size, key, shown, error_count)


def index_packets(
    container: InputContainer, streams: list[VideoStream], pulse: Callable[[], None]
) -> list[PacketIndex]:
    """Demux the file once and index each of `streams`; `pulse` is called for every packet.

    Raises
    ------
    SourceError
        There are more than `MAX_FRAMES` packets.
    """
    reader = PacketReader(container)
    columns = {stream.index: _Columns(stream) for stream in streams}
    for count, packet in enumerate(reader.packets(*streams)):
        if count == MAX_FRAMES:
            raise SourceError(f"has more than {MAX_FRAMES:,} frames; cut it into shorter files")
        columns[packet.stream_index].add(packet)
        pulse()
    return [columns[stream.index].index(reader.error_count) for stream in streams]


def choose(
    streams: Sequence[VideoStream], indexes: Sequence[PacketIndex], number: int | None
) -> tuple[VideoStream, PacketIndex]:
    """Choose the stream `number`, or for None the first of `streams` that has packets.

    Raises
    ------
    SourceError
        There is no such stream, or it has no packets.
    """
    found = list(zip(streams, indexes, strict=True))
    if number is not None:
        found = [pair for pair in found if pair[0].index == number]
        if not found:
            there = ", ".join(str(n) for n in sorted(stream.index for stream in streams))
            raise SourceError(f"has no video stream {number}; its video streams are {there}")
    filled = [pair for pair in found if len(pair[1])]
    if not filled:
        raise SourceError("holds a video track without pictures")
    return filled[0]
