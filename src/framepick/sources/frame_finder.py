"""Finds frames again that were decoded before: by seeking where possible, else from the start.

Wherever a seek lands, a frame counts as found only if it is the same picture as before.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import av
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext

from framepick.sources.containers import decoder_of, open_container, stream_at
from framepick.sources.index import NO_STAMP
from framepick.sources.seeking import seek_stamps
from framepick.sources.sequential import SKIPPING, SequentialDecoder
from framepick.sources.track import Track

_STEPS_BACK = (0, 1, 2)
"""Key frames further back to try: with intra refresh, a key frame is not a whole picture."""
_NEIGHBOURS = 4
"""Packets before a picture that are decoded as its neighbours: each field may be one packet."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A frame to find again."""

    frame_index: int
    pts: int
    checksum: int | None
    """CRC-32 of its view; None if the frame was never decoded."""


class Found(NamedTuple):
    """A picture and its neighbours in display order, which are None at the ends."""

    before: av.VideoFrame | None
    picture: av.VideoFrame
    after: av.VideoFrame | None


Use = Callable[[Found, Wanted], None]


class FrameFinder:
    """Finds frames of one stream, and removes those found from the `wanted` ones (by frame index).

    `exact` makes a decoder of the whole stream, `is_same` tells whether a picture is the wanted
    one, and `pulse` is called regularly while packets are read.
    """

    def __init__(
        self,
        track: Track,
        exact: Callable[[], SequentialDecoder],
        is_same: Callable[[av.VideoFrame, Wanted], bool],
        pulse: Callable[[], None],
    ) -> None:
        self._track = track
        self._index = track.index
        self._exact = exact
        self._is_same = is_same
        self._pulse = pulse

    @property
    def can_seek(self) -> bool:
        """True where time stamps tell frames apart."""
        return self._index.has_pts

    def by_seeking(self, wanted: dict[int, Wanted], use: Use) -> None:
        """Decode from the key frame before each frame, and from earlier ones if it is not found."""
        track = self._track
        with open_container(track.path) as container:
            stream = stream_at(container, track.stream_index)
            context = decoder_of(stream, track.threads)
            for steps_back in _STEPS_BACK:
                for key, group in self._by_key(wanted, steps_back).items():
                    stamp = seek_stamps(container, self._index, key)[0]
                    with contextlib.suppress(av.error.FFmpegError):
                        container.seek(stamp, stream=stream, backward=True)
                        if context.is_open:
                            context.flush_buffers()
                        # the first attempt skips pictures; what that breaks is tried again
                        first = None if steps_back else min(group)
                        pictures = self._pictures(container.demux(stream), context, first)
                        self._collect(pictures, group, wanted, use)

    def in_order(self, wanted: dict[int, Wanted], use: Use) -> None:
        """Decode everything from the start until every frame is found."""
        pictures = (decoded.picture for decoded in self._exact().pictures())
        for frame_index, found in enumerate(_between_neighbours(pictures)):
            if frame_index in wanted and self._is_same(found.picture, wanted[frame_index]):
                use(found, wanted.pop(frame_index))
            if not wanted:
                return

    def _pictures(
        self, packets: Iterator[Packet[Any]], context: VideoCodecContext, first: int | None
    ) -> Iterator[av.VideoFrame]:
        """Decode from here on; well before the time stamp `first`, skip unreferenced pictures."""
        if first is None or context.name not in SKIPPING:
            first = NO_STAMP
        first -= _NEIGHBOURS * self._index.usual_step
        for packet in packets:
            is_lead = packet.pts is not None and packet.pts < first
            context.skip_frame = "NONREF" if is_lead else "DEFAULT"
            yield from context.decode(packet)

    def _collect(
        self,
        pictures: Iterator[av.VideoFrame],
        group: dict[int, Wanted],
        wanted: dict[int, Wanted],
        use: Use,
    ) -> None:
        last = max(group)
        for found in _between_neighbours(pictures):
            self._pulse()
            picture = found.picture
            if picture.pts is None or picture.pts > last:
                return
            hit = group.get(picture.pts)
            if (
                hit
                and hit.frame_index in wanted
                and not picture.is_corrupt
                and self._is_same(picture, hit)
            ):
                use(found, wanted.pop(hit.frame_index))
            if picture.pts == last:
                return

    def _by_key(self, wanted: dict[int, Wanted], steps: int) -> dict[int, dict[int, Wanted]]:
        groups: dict[int, dict[int, Wanted]] = {}
        for item in sorted(wanted.values(), key=lambda item: item.pts):
            key = self._index.start_for(item.pts, steps)
            if key is not None:
                groups.setdefault(key, {})[item.pts] = item
        return groups


def _between_neighbours(pictures: Iterable[av.VideoFrame]) -> Iterator[Found]:
    before: av.VideoFrame | None = None
    picture: av.VideoFrame | None = None
    for after in _and_on_error(pictures):
        if picture is not None:
            yield Found(before, picture, after)
        before, picture = picture, after
    if picture is not None:
        yield Found(before, picture, None)


def _and_on_error(pictures: Iterable[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    """Stop quietly where decoding fails: the picture before it is complete all the same."""
    with contextlib.suppress(av.error.FFmpegError):
        yield from pictures
