"""Decodes some frames of a video, exactly as decoding all of it gives them.

Decoding starts at a key frame and is fed every packet from there on, so that pictures have all that
they refer to. Key frames alone are fed one after the other. Threads are tried first here too: after
an error, or where a frame comes out of order, decoding goes back to an earlier key frame, with one
thread, and damage is marked up to the next key frame. Some files mark frames as key frames that
need others: once one is found, decoding begins at the start of the file.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import av
import numpy as np
from av.video.frame import PictureType

from framepick.sources.containers import Opened, open_decoder
from framepick.sources.display_order import Numbers
from framepick.sources.index import PacketIndex
from framepick.sources.seeking import PacketSeeker
from framepick.sources.sequential import (
    SKIPPING,
    Damage,
    Decoded,
    Device,
    SequentialDecoder,
    Trouble,
    TroubleLog,
    decode,
    mark,
)
from framepick.sources.track import Track

_STEPS_BACK, _MOST_STEPS_BACK = 1, 3
"""Key frames further back to start at after a first error, and after a second one."""
_PREDICTED = (PictureType.P, PictureType.B, PictureType.S, PictureType.SP)


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Packets to feed to a decoder in one go, and the pictures to take from it."""

    feed: Numbers
    """Numbers of the packets to feed, in file order."""
    wanted: Numbers
    """Numbers of the packets whose pictures are taken, in display order."""


def runs(index: PacketIndex, wanted: Numbers, steps_back: int = 0) -> Iterator[Run]:
    """Split `wanted` packets, in display order, into runs that start at key frames.

    Key frames alone make one run. With `steps_back`, each run starts that many key frames earlier.
    """
    if len(wanted) == 0:
        return
    if not steps_back and index.key[wanted].all():
        yield Run(wanted, wanted)
        return
    group: list[int] = []
    start, stop = 0, 0
    for number, begin in zip(wanted.tolist(), _starts(index, wanted, steps_back), strict=True):
        if group and begin > stop:
            yield Run(np.arange(start, stop), np.array(group))
            group = []
        if not group:
            start, stop = begin, number
        group.append(number)
        start, stop = min(start, begin), max(stop, number + 1)
    if group:
        yield Run(np.arange(start, stop), np.array(group))


def _starts(index: PacketIndex, wanted: Numbers, steps_back: int) -> list[int]:
    """Give for each of the packets `wanted` (N,) the key packet to start from, else packet 0."""
    keys = index.keys
    before = np.searchsorted(keys, wanted, side="right")
    # a picture sent after a key frame but shown before it needs the one before
    shown = np.searchsorted(index.pts[keys], index.pts[wanted], side="right")
    at = np.minimum(before, shown) - 1 - steps_back
    starts = keys[np.maximum(at, 0)] if len(keys) else np.zeros_like(at)
    begins: list[int] = np.where(at < 0, 0, starts).tolist()
    return begins


class RandomAccessDecoder:
    """Decodes some pictures of one track; decoders stay open for the next request.

    Raises
    ------
    SourceError
        The file cannot be opened again.
    """

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
        """The device that decodes instead of threads; None once it has failed."""
        self._packets = PacketSeeker(track, pulse)
        self._failed: set[int] = set()
        self._can_start_at_keys = True

    @property
    def error_count(self) -> int:
        """Packets that failed to decode, and pictures that never came, so far."""
        return len(self._failed)

    def pictures(self, wanted: Numbers) -> Iterator[Decoded]:
        """Give the pictures of the packets `wanted`, (N,) in display order, but those that fail.

        Where damage loses pictures, others may come late.
        """
        done = 0
        if self._can_start_at_keys:
            with contextlib.suppress(_NoStart):
                for run in runs(self._index, wanted):
                    for decoded in self._run(run):
                        done += 1
                        yield decoded
                return
            self._can_start_at_keys = False
        yield from self._from_start(wanted[done:])

    def _from_start(self, wanted: Numbers) -> Iterator[Decoded]:
        missing = set(wanted.tolist())
        exact = SequentialDecoder(self._track, self._log, self._pulse)
        for decoded in exact.pictures():
            if decoded.packet_number in missing:
                missing.remove(decoded.packet_number)
                yield decoded
            if not missing:
                return
        self._failed |= missing

    def _run(self, run: Run) -> Iterator[Decoded]:
        done = 0
        if self.device:
            for decoded in self._on_device(run):
                done += 1
                yield decoded
            run = Run(run.feed, run.wanted[done:])
            if len(run.wanted) == 0:
                return
            self.device, done = None, 0
        with contextlib.suppress(Trouble):
            for decoded in self._in_turn(self._undamaged(run, self._threaded), run.wanted):
                done += 1
                yield decoded
        left = run.wanted[done:]
        if len(left) and len(run.feed) > 1 and self._index.key[run.feed].all():
            for number in left:  # each key frame by itself
                yield from self._run(Run(np.array([number]), np.array([number])))
        elif len(left):
            yield from self._carefully(left)

    def _on_device(self, run: Run) -> Iterator[Decoded]:
        """Give wanted pictures of a run, up to the first error of the device."""
        try:
            yield from self._in_turn(self._undamaged(run, self._hwaccel), run.wanted)
        except _NoStart:
            raise
        except Exception:  # drivers and their wrappers fail in many ways
            return

    def _carefully(self, wanted: Numbers) -> Iterator[Decoded]:
        done = 0
        with contextlib.suppress(Trouble):
            for decoded in self._in_turn(self._marked(wanted, _STEPS_BACK), wanted):
                done += 1
                yield decoded
        missing = set(wanted[done:].tolist())
        if missing:
            for decoded in self._marked(wanted[done:], _MOST_STEPS_BACK):
                if decoded.packet_number in missing:
                    missing.remove(decoded.packet_number)
                    yield decoded
        self._failed |= missing

    def _in_turn(self, pictures: Iterable[Decoded], wanted: Numbers) -> Iterator[Decoded]:
        """Give those of `pictures` that are `wanted`; raise `Trouble` if one is missing."""
        pts = self._index.pts
        left = iter(wanted.tolist())
        expected = next(left, None)
        for decoded in pictures:
            number = decoded.packet_number
            if expected is None or pts[number] < pts[expected]:
                continue
            if number != expected:
                raise Trouble
            yield decoded
            expected = next(left, None)

    def _undamaged(self, run: Run, feed: _Feed) -> Iterator[Decoded]:
        """Give the pictures of a fast decoder; raise `Trouble` at the first error."""
        damage = Damage(self._index)
        start = _Start(self._index, int(run.feed[0]))
        for number, pictures, failed in feed.run(run.feed, run.wanted):
            if failed:
                raise Trouble
            yield from start.check(mark(pictures, number, damage, threads=True))
        start.finish()

    def _marked(self, wanted: Numbers, steps_back: int) -> Iterator[Decoded]:
        """Decode with one thread from `steps_back` key frames further back, and mark damage."""
        for run in runs(self._index, wanted, steps_back):
            damage = Damage(self._index)
            start = _Start(self._index, int(run.feed[0]))
            for number, pictures, failed in self._single.run(run.feed):
                if failed:
                    start.excuse()
                    damage.report(number)
                    self._failed.add(number)
                yield from start.check(mark(pictures, number, damage, threads=False))
            start.finish()

    @cached_property
    def _hwaccel(self) -> _Feed:
        assert self.device  # noqa: S101 - asked for only where there is one
        return _Feed(self.device.open(), self._packets, self._log)

    @cached_property
    def _threaded(self) -> _Feed:
        return self._software(threads=True)

    @cached_property
    def _single(self) -> _Feed:
        return self._software(threads=False)

    def _software(self, threads: bool) -> _Feed:
        track = self._track
        opened = open_decoder(track.path, track.stream_index, track.threads if threads else 1)
        return _Feed(opened, self._packets, self._log)


class _NoStart(Exception):  # noqa: N818 - a turn of events, not an error
    """A key frame of the container needs pictures before it."""


class _Start:
    """Checks that a run begins with the picture of its key frame, and that this is a real one.

    With intra refresh, the first complete picture comes much later, and is not always exact.
    """

    def __init__(self, index: PacketIndex, number: int) -> None:
        self._index = index
        self._number = number
        # all decoding starts at the first key frame, whatever it gives
        self._is_open = bool(index.shown[number]) and number > int(index.keys[0])
        self._is_excused = False

    def excuse(self) -> None:
        """Check no more: damage may have lost or changed the picture."""
        self._is_excused = True

    def check(self, pictures: Iterable[Decoded]) -> Iterator[Decoded]:
        """Pass pictures on; raise `_NoStart` if another comes in place of the key frame's."""
        pts = self._index.pts
        for decoded in pictures:
            number = decoded.packet_number
            is_late = self._is_open and pts[number] >= pts[self._number]
            self._is_open &= not is_late
            predicted = self._index.key[number] and decoded.picture.pict_type in _PREDICTED
            if not self._is_excused and (predicted or (is_late and number != self._number)):
                raise _NoStart
            yield decoded

    def finish(self) -> None:
        """Raise `_NoStart` if the key frame's picture never came."""
        if self._is_open and not self._is_excused:
            raise _NoStart


class _Feed:
    """A decoder that is fed packets of another container: seeking would flush its own decoder."""

    def __init__(self, opened: Opened, packets: PacketSeeker, log: TroubleLog) -> None:
        self._opened = opened  # keeps the decoder alive
        self._context = opened.context
        self._skips = self._context.name in SKIPPING
        self._packets = packets
        self._log = log

    def run(
        self, feed: Numbers, wanted: Numbers | None = None
    ) -> Iterator[tuple[int, list[av.VideoFrame], bool]]:
        """Give after each packet its number, the pictures that came, and whether it failed.

        With `wanted`, the decoder skips other pictures that nothing refers to.
        """
        is_wanted = np.ones(len(feed), np.bool_) if wanted is None else np.isin(feed, wanted)
        self._log.take()  # opening the file has complaints of its own
        try:
            for number, whole in zip(feed.tolist(), is_wanted.tolist(), strict=True):
                self._context.skip_frame = "DEFAULT" if whole or not self._skips else "NONREF"
                packet = self._packets.packet(number)
                if packet is None:
                    yield number, [], True
                    continue
                corrupt = packet.is_corrupt
                packet.pts = number  # comes back on the picture
                pictures, failed = decode(self._context, packet, self._log)
                yield number, pictures, failed or corrupt
            yield int(feed[-1]), *decode(self._context, None, self._log)
        finally:
            if self._context.is_open:
                # waits for decoder threads: what they still complain of is not the next run's
                self._context.flush_buffers()
