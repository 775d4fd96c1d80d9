"""Decodes every picture of a stream once, in display order, and marks damaged ones.

Frame threading is fast and exact as long as nothing goes wrong; after an error it may lose pictures
or conceal damage in another way. So decoding starts with threads. At the first error it goes back
to a key frame, and from there decodes with one thread to the end. A device may decode instead of
the threads as long as its pictures come in the expected order; otherwise software starts over.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import av
import numpy as np
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from framepick.sources.containers import Opened, open_decoder
from framepick.sources.index import PacketIndex, PacketReader
from framepick.sources.track import Track

_DELAY = 64
"""More packets than a decoder holds back: 16 threads, and 16 pictures to be reordered."""
SKIPPING = ("h264", "hevc", "mpeg2video", "mpeg4")
"""Codecs that mark unreferenced pictures, and whose decoders can skip these."""
# Log lines that are not about pictures: reference bookkeeping after a seek, messages for displays,
# devices that are not used.
_HARMLESS = re.compile(r"mmco:|co located POCs|\bSEI\b|hwaccel")
_REFUSED_SIZE = re.compile(r"Picture size (\d+)x(\d+) ")


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """One decoded picture."""

    picture: av.VideoFrame
    packet_number: int
    """The number, in the packet index, of the packet that held the picture."""
    is_damaged: bool


class TroubleLog:
    """Reads what libav logs from this process's standard error.

    Concealed damage often shows nowhere else. The lines go through a file and not through a Python
    callback: decoder threads that wait for the interpreter's lock would deadlock.
    """

    def __init__(self) -> None:
        handle, path = tempfile.mkstemp(prefix="framepick-")
        os.close(handle)
        self._file = os.open(path, os.O_RDWR | os.O_APPEND)
        os.unlink(path)
        os.dup2(self._file, 2)
        av.logging.restore_default_callback()
        av.logging.set_libav_level(av.logging.ERROR)
        self.refused_size = (0, 0)
        """Width and height of the last picture that libav refused for its size."""

    def take(self) -> bool:
        """Tell whether an error was logged since the last call."""
        if not os.fstat(self._file).st_size:
            return False
        text = self._text()
        if refused := _REFUSED_SIZE.search(text):
            self.refused_size = int(refused[1]), int(refused[2])
        return any(line.strip() and not _HARMLESS.search(line) for line in text.splitlines())

    def during(self, call: Callable[[], object]) -> str:
        """Give all that libav says during `call`, information included."""
        self.take()
        av.logging.set_libav_level(av.logging.INFO)
        try:
            call()
        finally:
            av.logging.set_libav_level(av.logging.ERROR)
        return self._text()

    def _text(self) -> str:
        text = os.pread(self._file, 1 << 16, 0).decode(errors="replace")
        os.ftruncate(self._file, 0)
        return text


def decode(
    context: VideoCodecContext, packet: Packet[Any] | None, log: TroubleLog
) -> tuple[list[av.VideoFrame], bool]:
    """Decode one packet, or flush the decoder for None; also tell whether there was an error."""
    try:
        pictures = context.decode(packet)
    except (av.error.FFmpegError, ValueError, MemoryError):
        log.take()
        return [], True
    return pictures, log.take()


@dataclass(frozen=True, slots=True, eq=False)
class Device:
    """A device that can decode one stream."""

    name: str
    open: Callable[[], Opened]
    """Opens the file for decoding on the device; may raise anything."""
    numbers: NDArray[np.int64]
    """(F,) numbers of the packets that are shown, in display order: it must decode all of them."""


class SequentialDecoder:
    """Decodes a track from its start to its end, on `device` while that works."""

    def __init__(
        self,
        track: Track,
        log: TroubleLog,
        pulse: Callable[[], None],
        device: Device | None = None,
    ) -> None:
        self._track = track
        self._index = track.index
        self._log = log
        self._pulse = pulse
        self.device = device
        """None once it has failed."""
        self.error_count = 0

    def pictures(self) -> Iterator[Decoded]:
        """Give all pictures; `error_count` grows with the errors met."""
        done: set[int] = set()
        if device := self.device:
            given = 0
            with contextlib.suppress(Trouble):
                for decoded in self.on_device(device):
                    given += 1
                    yield decoded
                return
            self.device = None
            done = set(device.numbers[:given].tolist())
        for decoded in self._in_software():
            if decoded.packet_number not in done:
                yield decoded

    def on_device(self, device: Device) -> Iterator[Decoded]:
        """Give all pictures as the device decodes them.

        Raises
        ------
        Trouble
            The device failed, or a picture came out of order.
        """
        expected = iter(device.numbers.tolist())
        try:
            for decoded in self._run(device.open(), threads=True, start=0):
                if decoded.packet_number != next(expected, None):
                    raise Trouble
                yield decoded
        except Exception as error:  # drivers and their wrappers fail in many ways
            raise Trouble from error
        if next(expected, None) is not None:
            raise Trouble

    def _in_software(self) -> Iterator[Decoded]:
        emitted = _Emitted(self._index)
        try:
            for decoded in self._run(self._open(threads=True), threads=True, start=0):
                emitted.add(decoded.packet_number)
                yield decoded
        except Trouble:
            opened = self._open(threads=False)
            for decoded in self._run(opened, threads=False, start=emitted.restart):
                if decoded.packet_number not in emitted:
                    yield decoded

    def _open(self, threads: bool) -> Opened:
        track = self._track
        return open_decoder(track.path, track.stream_index, track.threads if threads else 1)

    def _run(self, opened: Opened, threads: bool, start: int) -> Iterator[Decoded]:
        with opened.container:
            self._log.take()  # probing the file has complaints of its own
            try:
                yield from self._pictures(opened, threads, start)
            finally:
                # waits for decoder threads: what they still complain of is not the next run's
                if opened.context.is_open:
                    opened.context.flush_buffers()

    def _pictures(self, opened: Opened, threads: bool, start: int) -> Iterator[Decoded]:
        _, stream, context = opened
        damage = Damage(self._index)
        reader = PacketReader(opened.container)
        number = 0
        # a file that grows has more packets than the index knows
        for number, packet in enumerate(islice(reader.packets(stream), len(self._index))):
            self._pulse()
            if number >= start:
                corrupt = packet.is_corrupt
                packet.pts = number  # comes back on the picture, whatever the file's stamps
                pictures, failed = decode(context, packet, self._log)
                self._note(damage, number, threads, failed or corrupt)
                yield from mark(pictures, number, damage, threads)
        self._track.check_whole(number + 1)
        pictures, failed = decode(context, None, self._log)
        self._note(damage, number, threads, failed)
        yield from mark(pictures, number, damage, threads)
        self.error_count += reader.error_count

    def _note(self, damage: Damage, number: int, threads: bool, failed: bool) -> None:
        if not failed:
            return
        if threads:
            raise Trouble
        self.error_count += 1
        damage.report(number)


class Trouble(Exception):  # noqa: N818 - a turn of events, not an error
    """Fast decoding met something that one thread must decode, from an earlier key frame."""


class _Emitted:
    """Keeps which pictures were given, and from which key frame the others can be decoded."""

    def __init__(self, index: PacketIndex) -> None:
        self._index = index
        self._keys = index.keys
        self._numbers: set[int] = set()
        self._next_key = 0
        self.restart = 0

    def add(self, number: int) -> None:
        self._numbers.add(number)
        if number >= self._next_key:
            self._move(number)

    def _move(self, number: int) -> None:
        # one key frame further back, for pictures that refer across the last one
        passed = int(np.searchsorted(self._keys, number - _DELAY, side="right"))
        self.restart = int(self._keys[passed - 2]) if passed >= 2 else 0
        later = self._keys[passed] if passed < len(self._keys) else len(self._index)
        self._next_key = int(later) + _DELAY
        self._numbers = {n for n in self._numbers if n >= self.restart}

    def __contains__(self, number: int) -> bool:
        return number < self.restart or number in self._numbers


class Damage:
    """Keeps which packets may show damage: it lasts up to the next key frame."""

    def __init__(self, index: PacketIndex) -> None:
        self._pts = index.pts
        self._keys = index.keys
        self._spans: list[tuple[int, int]] = []

    def report(self, number: int) -> None:
        """Note damage in packet `number`; numbers rise from call to call."""
        if self._spans and self._spans[-1][0] <= number < self._spans[-1][1]:
            return
        at = int(np.searchsorted(self._keys, number, side="right"))
        end = int(self._keys[at]) if at < len(self._keys) else len(self._pts)
        recent = [span for span in self._spans if span[1] > number - _DELAY]
        self._spans = [*recent, (number, end)]

    def covers(self, number: int) -> bool:
        """Tell whether the picture of packet `number` may show any damage reported so far."""
        return any(start <= number < end or self._leads(number, end) for start, end in self._spans)

    def _leads(self, number: int, key: int) -> bool:
        # pictures sent after the key frame but shown before it refer to what came before
        follows = key < number <= key + _DELAY and key < len(self._pts)
        return follows and bool(self._pts[number] < self._pts[key])


def mark(
    pictures: list[av.VideoFrame], sent: int, damage: Damage, threads: bool
) -> Iterator[Decoded]:
    """Give each picture with its packet's number, and tell whether it is damaged.

    `sent` is the number of the packet decoded last.

    Raises
    ------
    Trouble
        A picture is corrupt, and `threads` decode.
    """
    for picture in pictures:
        number = sent if picture.pts is None else int(picture.pts)
        if picture.is_corrupt:
            if threads:
                raise Trouble
            damage.report(number)
        yield Decoded(picture, number, damage.covers(number))
