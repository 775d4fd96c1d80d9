"""Random access to the packets of one stream, by their numbers in the index."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet

from framepick.sources.containers import open_container, stream_at
from framepick.sources.index import PacketIndex, PacketReader
from framepick.sources.track import Track

_NEAR = 32
"""Up to this many packets are read instead of seeking: a seek costs about as much."""

_SOUGHT_BY_PTS = {"matroska", "mov"}
"""Formats whose indexes hold presentation times, or in which libav searches for them."""


def seek_stamps(container: InputContainer, index: PacketIndex, key: int) -> list[int]:
    """Give the time stamps to try when seeking to packet `key`, the better one first.

    With the other one, a seek lands a key frame too early or, in transport streams, too late.
    """
    pts, dts = index.stamps(key)
    by_pts = not _SOUGHT_BY_PTS.isdisjoint(container.format.name.split(","))
    stamps = [pts, dts] if by_pts else [dts, pts]
    return [stamp for stamp in stamps if stamp is not None]


class PacketSeeker:
    """Seeks by time stamp, and identifies each packet by comparing it with the index.

    A file in which seeking does not lead to the packets of its index is read from the start again.
    The index must have time stamps (`PacketIndex.has_pts`). `pulse` is called for every packet.
    """

    def __init__(self, track: Track, pulse: Callable[[], None]) -> None:
        self._track = track
        self._index = track.index
        self._pulse = pulse
        self._by_pts = np.argsort(track.index.pts)
        self._can_seek = True
        self._packets: Iterator[Packet[Any]]
        self._rewind()

    def packet(self, number: int) -> Packet[Any] | None:
        """Give packet `number`; None if it cannot be read a second time.

        Raises
        ------
        SourceError
            The file was written to meanwhile, and the packet is not there any more.
        """
        if self._can_seek and not 0 <= number - self._next <= _NEAR:
            self._seek(number)
        found = self._read_to(number) if self._next <= number else None
        if found is None:
            self._can_seek = False
            self._rewind()
            found = self._read_to(number)
        if found is None:
            self._track.check_whole(self._next)
        return found

    def _read_to(self, number: int) -> Packet[Any] | None:
        for packet in self._packets:
            self._pulse()
            at = self._next
            self._next += 1
            if self._can_seek and not self._is(packet, at):
                return None
            if at == number:
                return packet
        return None

    def _seek(self, number: int) -> None:
        """Seek to the last key packet up to `number`, or to the start if there is none."""
        keys = self._index.keys
        at = int(np.searchsorted(keys, number, side="right"))
        if not at:
            self._rewind()
            return
        for stamp in seek_stamps(self._container, self._index, int(keys[at - 1])):
            with contextlib.suppress(av.error.FFmpegError):
                self._container.seek(stamp, stream=self._stream, backward=True)
                self._land()
                if self._next <= number:
                    return

    def _land(self) -> None:
        """Find out which packet comes next."""
        packets = self._reader.packets(self._stream)
        for packet in packets:
            number = self._number_of(packet)
            if number is not None:
                self._next = number
                self._packets = chain([packet], packets)
                return
        self._next = len(self._index)

    def _number_of(self, packet: Packet[Any]) -> int | None:
        if packet.pts is None:
            return None
        at = int(np.searchsorted(self._index.pts, packet.pts, sorter=self._by_pts))
        number = int(self._by_pts[min(at, len(self._by_pts) - 1)])
        return number if self._is(packet, number) else None

    def _is(self, packet: Packet[Any], number: int) -> bool:
        return number < len(self._index) and (packet.pts, packet.size) == (
            int(self._index.pts[number]),
            int(self._index.size[number]),
        )

    def _rewind(self) -> None:
        self._container = open_container(self._track.path)
        self._stream = stream_at(self._container, self._track.stream_index)
        self._reader = PacketReader(self._container)
        self._packets = self._reader.packets(self._stream)
        self._next = 0
