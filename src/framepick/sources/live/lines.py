"""From what a live source gives to its newest picture, and to coded pictures for the ring.

There are three kinds. Video whose pictures refer to others is all decoded. Of JPEG pictures only
those that are asked for are decoded. Raw pictures are coded as JPEG for the ring.
"""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass
from typing import Any, Protocol

import av
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from framepick.sources.containers import limit
from framepick.sources.live.clips import Template
from framepick.sources.live.jpeg import JpegCoder
from framepick.sources.live.newest import Newest
from framepick.sources.sequential import TroubleLog, decode

_RAW = ("rawvideo", "wrapped_avframe")
_ALONE = ("mjpeg", "mjpegb")
"""Codecs whose pictures refer to no others."""
_BEHIND_SECONDS = 1.0
"""A decoder that is so far behind goes on at the next key frame."""
_RING_QUALITY = 2


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a picture was taken and when it came, by the monotonic clock."""

    time_seconds: float
    arrived_seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Arrived:
    """A decoded picture of a live source."""

    picture: av.VideoFrame
    index: int
    """Its number among the pictures that came."""
    stamp: Stamp
    is_damaged: bool


class Line(Protocol):
    """Takes in packets, and gives the newest picture."""

    def feed(self, packet: Packet[Any], stamp: Stamp) -> list[tuple[bytes, bool]]:
        """Take in a packet; give the coded pictures to keep of it, and which are key frames."""
        ...

    def take(self, wait_seconds: float) -> Arrived | None:
        """Give the newest picture that was not taken before; None if none came in time."""
        ...

    def end(self) -> None:
        """Take in that nothing more will come."""
        ...

    @property
    def is_ended(self) -> bool:
        """Whether nothing more can be taken."""
        ...

    @property
    def template(self) -> Template | None:
        """What files of the pictures in the ring are like; None while that is not known."""
        ...


def line_for(stream: VideoStream, log: TroubleLog, decodes: bool) -> Line:
    """Give the line for the pictures of a stream; one that only keeps them, unless it `decodes`."""
    context = stream.codec_context
    if context.name in _RAW:
        return RawLine(context)
    if not decodes:
        return KeptLine(stream)
    limit(context)
    context.thread_type = "SLICE"  # threads that decode several frames would hold them back
    if context.name in _ALONE:
        return AloneLine(stream, log)
    return InterLine(stream, log)


class KeptLine:
    """Pictures that are kept for the ring, and not decoded."""

    def __init__(self, stream: VideoStream) -> None:
        self.template: Template | None = stream
        self._are_alone = stream.codec_context.name in _ALONE
        self._ended = threading.Event()
        self.end = self._ended.set

    @property
    def is_ended(self) -> bool:
        return self._ended.is_set()

    def feed(self, packet: Packet[Any], stamp: Stamp) -> list[tuple[bytes, bool]]:
        return [(bytes(packet), packet.is_keyframe or self._are_alone)]

    def take(self, wait_seconds: float) -> Arrived | None:
        self._ended.wait(wait_seconds)
        return None


class AloneLine:
    """JPEG pictures: decoded when they are asked for."""

    def __init__(self, stream: VideoStream, log: TroubleLog) -> None:
        self.template: Template | None = stream
        self._context = stream.codec_context
        self._log = log
        self._newest: Newest[tuple[Packet[Any], int, Stamp]] = Newest()
        self.end = self._newest.end

    @property
    def is_ended(self) -> bool:
        return self._newest.is_ended

    def feed(self, packet: Packet[Any], stamp: Stamp) -> list[tuple[bytes, bool]]:
        self._newest.put((packet, self._newest.count, stamp))
        return [(bytes(packet), True)]

    def take(self, wait_seconds: float) -> Arrived | None:
        if (item := self._newest.take(wait_seconds)) is None:
            return None
        packet, index, stamp = item
        pictures, is_damaged = decode(self._context, packet, self._log)
        return Arrived(pictures[-1], index, stamp, is_damaged) if pictures else None


class PictureLine:
    """Pictures that come decoded; they are coded as JPEG for the ring."""

    def __init__(self) -> None:
        self._coder = JpegCoder(_RING_QUALITY)
        self._newest: Newest[Arrived] = Newest()
        self.end = self._newest.end
        self.take = self._newest.take

    @property
    def is_ended(self) -> bool:
        return self._newest.is_ended

    @property
    def template(self) -> Template | None:
        return self._coder.context

    def show(self, picture: av.VideoFrame, stamp: Stamp) -> tuple[bytes, bool]:
        """Take in a picture; give what is to be kept of it."""
        coded = self._coder.code(picture)
        self._newest.put(Arrived(picture, self._newest.count, stamp, False))
        return coded, True


class RawLine(PictureLine):
    """Raw pictures."""

    def __init__(self, context: VideoCodecContext) -> None:
        super().__init__()
        self._context = context

    def feed(self, packet: Packet[Any], stamp: Stamp) -> list[tuple[bytes, bool]]:
        return [self.show(picture, stamp) for picture in self._context.decode(packet)]


class InterLine:
    """Pictures that refer to others: a thread decodes them all, as long as it keeps up."""

    def __init__(self, stream: VideoStream, log: TroubleLog) -> None:
        self.template: Template | None = stream
        self._context = stream.codec_context
        self._log = log
        self._newest: Newest[Arrived] = Newest()
        self.take = self._newest.take
        self._packets: queue.SimpleQueue[tuple[Packet[Any], Stamp, float] | None]
        self._packets = queue.SimpleQueue()
        threading.Thread(target=self._decode_all, name="decode", daemon=True).start()

    @property
    def is_ended(self) -> bool:
        return self._newest.is_ended

    def feed(self, packet: Packet[Any], stamp: Stamp) -> list[tuple[bytes, bool]]:
        self._packets.put((packet, stamp, time.monotonic()))
        return [(bytes(packet), packet.is_keyframe)]

    def end(self) -> None:
        self._packets.put(None)

    def _decode_all(self) -> None:
        stamps: dict[int | None, Stamp] = {}
        is_damaged, is_skipping = False, True  # nothing can be decoded before a key frame
        while (item := self._packets.get()) is not None:
            packet, stamp, put_seconds = item
            is_late = time.monotonic() - put_seconds > _BEHIND_SECONDS
            is_skipping = (is_skipping or is_late) and not packet.is_keyframe
            if is_skipping:
                stamps.clear()
                continue
            stamps[packet.pts] = stamp
            pictures, had_error = decode(self._context, packet, self._log)
            is_damaged = had_error or (is_damaged and not packet.is_keyframe)
            self._show(pictures, stamps, stamp, is_damaged)
            if len(stamps) > 64:  # packets that gave no picture
                stamps.pop(next(iter(stamps)))
        held_back, had_error = decode(self._context, None, self._log)
        self._show(held_back, stamps, None, is_damaged or had_error)
        self._newest.end()

    def _show(
        self,
        pictures: list[av.VideoFrame],
        stamps: dict[int | None, Stamp],
        latest: Stamp | None,
        is_damaged: bool,
    ) -> None:
        for picture in pictures:
            if stamp := stamps.pop(picture.pts, latest):
                self._newest.put(Arrived(picture, self._newest.count, stamp, is_damaged))
