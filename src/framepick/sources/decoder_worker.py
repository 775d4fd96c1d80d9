"""The decoder process: reads commands from standard input, writes messages to standard output.

Imports av and numpy only.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import astuple, dataclass
from fractions import Fraction
from functools import cached_property, partial
from itertools import islice
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from framepick.errors import SourceError
from framepick.measures import measure
from framepick.sources.child import run
from framepick.sources.containers import (
    check_size,
    log_description,
    open_container,
    video_streams,
)
from framepick.sources.deinterlace import deinterlaced, is_interlaced
from framepick.sources.devices import to_try
from framepick.sources.display_order import DisplayOrder
from framepick.sources.frame_finder import Found, FrameFinder, Wanted
from framepick.sources.full_size import Details, measured
from framepick.sources.geometry import Orientation
from framepick.sources.hwaccel import first_proven, is_worth_trying
from framepick.sources.in_order import InOrder
from framepick.sources.index import choose, index_packets
from framepick.sources.kept_pictures import KeptPictures
from framepick.sources.metadata import metadata_of, streams_of
from framepick.sources.random_access import RandomAccessDecoder
from framepick.sources.sequential import Decoded, Device, SequentialDecoder, TroubleLog
from framepick.sources.stream_facts import stream_facts
from framepick.sources.timestamps import TimestampTracker, sound_start
from framepick.sources.tone import Depth
from framepick.sources.track import Track, file_state
from framepick.sources.upright import OrientationReader
from framepick.sources.views import PictureConverter
from framepick.sources.wire import CHANGED, Sender
from framepick.types import SMALL_SIDE, THUMBNAIL_SIDE, DeepPixels, Pixels, ViewSpec

_MOST_SMALL = 320
"""More than the frames around five picks at 30 a second."""
_MOST_THUMBNAILS = 1200
"""More than five a second of three minutes, or than the fast plan asks for of an hour."""
_BYTES_A_PIXEL = 3
"""Of decoded pictures at most: 4:2:0 in more than 8 bits, or 4:4:4."""
_FIRST_FIELDS = 4
"""Interlaced pictures that are decoded when a video is opened."""


class VideoDecoder:
    """One open video: its metadata, its frames as views, and some of them at full size.

    `hwaccel` is one of `devices.HWACCELS`, `threads` the number of decoder threads, `stream` the
    number of a video stream, None for the best.
    """

    def __init__(
        self,
        path: str,
        spec: ViewSpec,
        hwaccel: str,
        threads: int,
        stream: int | None,
        sender: Sender,
        log: TroubleLog,
    ) -> None:
        self._hwaccel = hwaccel
        self._sender = sender
        self._log = log
        self._spec = spec
        self._of_thread = threading.local()
        self._small = KeptPictures(self._convert, SMALL_SIDE, _MOST_SMALL)
        self._thumbnails = KeptPictures(self._convert, THUMBNAIL_SIDE, _MOST_THUMBNAILS)
        self._has_fields = False  # whether any undamaged picture that was decoded is interlaced
        state = file_state(path)
        with open_container(path) as container:
            streams = video_streams(container)
            indexes = index_packets(container, streams, sender.pulse)
            chosen, self._index = choose(streams, indexes, stream)
            check_size(chosen.codec_context.width, chosen.codec_context.height)
            self._track = Track(path, chosen.index, self._index, threads, state)
            self._time_base = Fraction(chosen.time_base or 1)
            facts = stream_facts(log.during(lambda: log_description(container)), chosen.index)
            self._orientations = OrientationReader.of_stream(chosen, container, facts.crop)
            self._pixels = chosen.codec_context.width * chosen.codec_context.height
            self._shown: DisplayOrder | None = None
            self._start = sound_start(container, chosen)
            self._facts = metadata_of(path, chosen, container, self._index, facts)
            self._facts |= {"stream": chosen.index, "streams": streams_of(streams, indexes)}
        self._finder = FrameFinder(self._track, self._exact_decoder, self._is_same, sender.pulse)

    def has_changed(self) -> bool:
        """Tell whether the file was written to since it was opened."""
        return self._track.has_changed()

    def announce(self) -> None:
        """Send the video's metadata; the size is that of the first picture, not of the header."""
        pictures = self._exact_decoder().pictures()
        first = next(pictures, None)
        if first is None:
            check_size(*self._log.refused_size)
            raise SourceError("holds no picture that can be decoded")
        width, height = self._orientations.read(first.picture).shown_size(
            first.picture.width, first.picture.height
        )
        check_size(width, height)
        self._shown = self._list_shown(first, pictures)
        count, payload = _timeline_bytes(self._shown)
        self._sender.send(
            "opened", payload, frame_count=count, width=width, height=height, **self._facts
        )

    def frames(
        self,
        frame_indices: list[int] | None,
        detail_indices: list[int],
        has_fields: bool,
        has_pictures: bool,
    ) -> None:
        """Send the view and the measures of every frame asked for; of all frames for None.

        Those of `detail_indices` are measured at full size, too, and small pictures are kept if it
        `has_pictures` and there is room for all.
        """
        # a device stores pictures in another layout, of which small ones differ a little
        in_software = self._device is None
        with InOrder(_BYTES_A_PIXEL * self._pixels, self._track.threads) as work:
            asked = _Asked(
                None if frame_indices is None else set(frame_indices),
                set(detail_indices) if in_software else set(),
                has_fields,
                has_pictures
                and in_software
                and len(frame_indices or self._index) <= self._thumbnails.most,
                work,
            )
            if asked.frame_indices is None or not self._shown:
                errors = self._frames_in_order(asked)
            else:
                errors = self._frames_by_index(asked, asked.frame_indices, self._shown)
        device = self._device.name if self._device else None
        self._sender.send("done", errors=errors, has_fields=self._has_fields, device=device)

    def _frames_in_order(self, asked: _Asked) -> int:
        """Decode every picture from the start; time stamps may be missing or wrong."""
        exact = self._exact_decoder()
        exact.device = self._device
        clock = TimestampTracker(self._time_base, self._index.usual_step, self._start)
        wanted = asked.frame_indices
        stop = None if wanted is None else max(wanted | asked.detail_indices) + 1
        for frame_index, decoded in enumerate(islice(exact.pictures(), stop)):
            pts, seconds = self._tick(clock, decoded)
            self._answer(asked, decoded, frame_index, pts, seconds)
        self._device = exact.device
        return exact.error_count

    def _frames_by_index(self, asked: _Asked, frame_indices: set[int], shown: DisplayOrder) -> int:
        """Decode the frames asked for, and those that they refer to."""
        rows = shown.rows([*frame_indices, *asked.detail_indices])
        row_of = dict(zip(shown.numbers[rows].tolist(), rows.tolist(), strict=True))
        for decoded in self._random_access.pictures(shown.numbers[rows]):
            frame_index = row_of[decoded.packet_number]
            pts = int(self._index.pts[decoded.packet_number])
            seconds = float(shown.timeline.times_seconds[frame_index])
            self._answer(asked, decoded, frame_index, pts, seconds)
        self._device = self._random_access.device
        return self._random_access.error_count

    def _answer(
        self, asked: _Asked, decoded: Decoded, frame_index: int, pts: int, seconds: float
    ) -> None:
        """Send what is asked for of one frame, and keep its pictures."""
        picture, is_damaged = decoded.picture, decoded.is_damaged
        self._has_fields |= not is_damaged and is_interlaced(picture)
        is_view = asked.frame_indices is None or frame_index in asked.frame_indices
        is_detail = not is_damaged and frame_index in asked.detail_indices
        if not is_view and not is_detail:
            return
        turn = self._orientations.read(picture)

        def make() -> _Made:
            view = self._convert.view(picture, turn)
            made = _Made(Wanted(frame_index, pts, _checksum(view)), turn, view)
            if is_view and asked.has_pictures:
                made.thumbnail = self._shrunk(picture, turn, THUMBNAIL_SIDE)
            if is_detail:
                found = Found(None, picture, None)
                made.details = measured(found, turn, asked.has_fields, has_neighbours=False)
                made.small = self._shrunk(picture, turn, SMALL_SIDE)
            return made

        def use(made: _Made) -> None:
            if is_view and made.view is not None:
                measures, asked.luma = measure(made.view, asked.luma, is_damaged)
                self._sender.send(
                    "frame",
                    made.view.data.cast("B"),
                    frame_index=frame_index,
                    pts=pts,
                    seconds=seconds,
                    measures=astuple(measures),
                    checksum=made.wanted.checksum,
                )
            self._use(made)

        asked.work.add(make, use)

    def stills(self, rows: list[list[Any]], depth: Depth) -> None:
        """Send the frames asked for at full size, with `depth` bits per channel."""
        wanted = _wanted(rows)
        use = partial(self._send_still, depth=depth)
        if self._finder.can_seek:
            self._finder.by_seeking(wanted, use)
        if wanted:
            self._finder.in_order(wanted, use)
        self._sender.send("done", missing=sorted(wanted))

    def small_pictures(self, rows: list[list[Any]], side: int) -> None:
        """Send the frames asked for made small, `side` long at most, those that can be found."""
        wanted = _wanted(rows)
        kept = self._thumbnails if side == self._thumbnails.side else self._small
        for one in list(wanted.values()):
            if side == kept.side and (pixels := kept.small(one)) is not None:
                self._send_picture(pixels, wanted.pop(one.frame_index))
        find = self._finder.by_seeking if self._finder.can_seek else self._finder.in_order
        if wanted:
            find(wanted, partial(self._send_small, side=side))
        self._sender.send("done", missing=sorted(wanted))

    def detail_measures(self, rows: list[list[Any]], has_fields: bool, keep_pictures: bool) -> None:
        """Send the detail measures of those frames asked for that can be found."""
        find = self._finder.by_seeking if self._finder.can_seek else self._finder.in_order
        with InOrder(_BYTES_A_PIXEL * self._pixels, self._track.threads) as work:

            def use(found: Found, wanted: Wanted) -> None:
                turn = self._orientations.read(found.picture)

                def make() -> _Made:
                    made = _Made(wanted, turn)
                    made.details = measured(found, turn, has_fields)
                    if keep_pictures:
                        made.small = self._shrunk(found.picture, turn, SMALL_SIDE)
                    return made

                work.add(make, self._use)

            find(_wanted(rows), use)
        self._sender.send("done")

    def _use(self, made: _Made) -> None:
        """Send the detail measures of a picture, and keep it small."""
        if made.details:
            facts = {
                "frame_index": made.wanted.frame_index,
                "checksum": made.wanted.checksum,
                "combing": made.details.combing,
                "is_woven": made.details.is_woven,
            }
            self._sender.send("detail", made.details.numbers, **facts)
        for kept, picture in ((self._thumbnails, made.thumbnail), (self._small, made.small)):
            if picture is not None:
                kept.keep(made.wanted, picture, made.turn)

    @property
    def _convert(self) -> PictureConverter:
        """The scalers of this thread, which serve one picture at a time."""
        if not hasattr(self._of_thread, "convert"):
            self._of_thread.convert = PictureConverter(self._spec)
        converter: PictureConverter = self._of_thread.convert
        return converter

    def _shrunk(self, picture: av.VideoFrame, turn: Orientation, side: int) -> av.VideoFrame | None:
        with suppress(SourceError):  # one that cannot be scaled can be measured all the same
            return self._convert.shrunk(picture, turn, side)
        return None

    def _is_same(self, picture: av.VideoFrame, wanted: Wanted) -> bool:
        if wanted.checksum is None:
            return True
        return _checksum(self._view(picture)) == wanted.checksum

    def _send_still(self, found: Found, wanted: Wanted, depth: Depth) -> None:
        picture = deinterlaced(*found)
        turn = self._orientations.read(found.picture)
        check_size(*turn.shown_size(picture.width, picture.height))
        self._send_picture(self._convert.still(picture, turn, depth), wanted)

    def _send_small(self, found: Found, wanted: Wanted, side: int) -> None:
        turn = self._orientations.read(found.picture)
        shrunk = self._convert.shrunk(found.picture, turn, side)
        self._send_picture(self._convert.small(shrunk, turn), wanted)

    def _send_picture(self, pixels: Pixels | DeepPixels, wanted: Wanted) -> None:
        height, width, _ = pixels.shape
        payload = np.ascontiguousarray(pixels).data.cast("B")
        self._sender.send(
            "still", payload, frame_index=wanted.frame_index, width=width, height=height
        )

    @cached_property
    def _random_access(self) -> RandomAccessDecoder:
        return RandomAccessDecoder(self._track, self._log, self._sender.pulse, self._device)

    @cached_property
    def _device(self) -> Device | None:
        """The device that decodes frames, found when the first are asked for; None for software."""
        if not self._shown:
            return None
        count, codec = len(self._shown.numbers), self._facts["codec"]
        names = to_try(self._hwaccel)
        if not names or not is_worth_trying(codec, count, self._pixels, self._hwaccel):
            return None
        # what a driver does to this process must not surprise the parent
        self._sender.send("device")
        return first_proven(
            names,
            self._track,
            self._shown.numbers,
            self._exact_decoder,
            lambda picture: _checksum(self._view(picture)),
        )

    def _list_shown(self, first: Decoded, others: Iterator[Decoded]) -> DisplayOrder | None:
        """List the frames by their packets; None if the first pictures come in another order."""
        shown = DisplayOrder.of(self._index, first.packet_number, self._time_base, self._start)
        if shown and is_interlaced(first.picture):  # where each field may be a packet
            expected = shown.numbers[1:_FIRST_FIELDS].tolist()
            came = [decoded.packet_number for decoded in islice(others, len(expected))]
            return shown if came == expected else None
        return shown

    def _exact_decoder(self) -> SequentialDecoder:
        return SequentialDecoder(self._track, self._log, self._sender.pulse)

    def _view(self, picture: av.VideoFrame) -> Pixels:
        return self._convert.view(picture, self._orientations.read(picture))

    def _tick(self, clock: TimestampTracker, decoded: Decoded) -> tuple[int, float]:
        pts, _ = self._index.stamps(decoded.packet_number)
        duration = int(self._index.duration[decoded.packet_number])
        return clock.tick(pts, decoded.picture.dts, duration)


@dataclass(slots=True, eq=False)
class _Asked:
    """A request for frames, while it is answered."""

    frame_indices: set[int] | None
    detail_indices: set[int]
    has_fields: bool
    has_pictures: bool
    work: InOrder
    luma: NDArray[np.float32] | None = None
    """Of the frame that was sent last."""


@dataclass(slots=True, eq=False)
class _Made:
    """What is made of a picture, in a thread beside the decoder."""

    wanted: Wanted
    turn: Orientation
    view: Pixels | None = None
    thumbnail: av.VideoFrame | None = None
    small: av.VideoFrame | None = None
    details: Details | None = None


def _timeline_bytes(shown: DisplayOrder | None) -> tuple[int | None, bytes]:
    """Give the number of frames, and their times (float64), sizes (int64), key flags (bool)."""
    if shown is None:
        return None, b""
    line = shown.timeline
    return len(line), line.times_seconds.tobytes() + line.size.tobytes() + line.key.tobytes()


def _wanted(rows: list[list[Any]]) -> dict[int, Wanted]:
    return {row[0]: Wanted(*row) for row in rows}


def _checksum(view: Pixels) -> int:
    return zlib.crc32(view.data)


def serve(commands: Iterator[dict[str, Any]], sender: Sender) -> None:
    """Carry out commands until there are no more; errors of the input are sent, not raised."""
    decoder: VideoDecoder | None = None
    log = TroubleLog()
    for command in commands:
        try:
            if command["kind"] == "close":
                decoder = None
            elif command["kind"] == "open":
                spec = ViewSpec(command["view_size"])
                path, hwaccel = command["path"], command["hwaccel"]
                threads, stream = command["threads"], command["stream"]
                decoder = VideoDecoder(path, spec, hwaccel, threads, stream, sender, log)
                decoder.announce()
            elif decoder:
                _answer(decoder, command)
        except SourceError as error:
            sender.send("error", text=str(error))
        except BrokenPipeError:
            raise
        except Exception as error:  # whatever a file does to a library is an error of that file
            sender.send("error", text=_reason(error, decoder))


def _answer(decoder: VideoDecoder, command: dict[str, Any]) -> None:
    match command["kind"]:
        case "frames":
            facts = command["has_fields"], command["has_pictures"]
            decoder.frames(command["frame_indices"], command["detail_indices"], *facts)
        case "stills":
            decoder.stills(command["wanted"], command["depth"])
        case "small pictures":
            decoder.small_pictures(command["wanted"], command["side"])
        case "details":
            wanted, has_fields = command["wanted"], command["has_fields"]
            decoder.detail_measures(wanted, has_fields, command["keep_pictures"])


def _reason(error: Exception, decoder: VideoDecoder | None) -> str:
    if decoder and decoder.has_changed():
        return CHANGED
    return f"cannot be decoded ({' '.join(f'{type(error).__name__}: {error}'.split())})"


def main() -> None:
    """Run as the decoder process of a parent that holds the other ends of the pipes."""
    run(serve)
