"""The decoder process: reads commands from standard input, writes messages to standard output.

Imports av and numpy only. It ends when its parent does: standard input closes, or the parent's
number changes.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import astuple
from fractions import Fraction
from functools import cached_property, partial
from itertools import islice
from typing import Any, BinaryIO

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from framepick.closeup import cells, combing, structure
from framepick.errors import SourceError
from framepick.measures import measure
from framepick.sources.clock import Clock
from framepick.sources.containers import (
    check_size,
    open_container,
    video_streams,
)
from framepick.sources.decoding import Decoded, ExactDecoder, TroubleLog
from framepick.sources.fields import deinterlaced, is_interlaced
from framepick.sources.finding import Found, FrameFinder, Wanted
from framepick.sources.geometry import Orientation, orientation
from framepick.sources.index import PacketIndex, index_packets
from framepick.sources.luma import luma_of
from framepick.sources.shown import Shown, Thinner
from framepick.sources.spans import SpanDecoder
from framepick.sources.tone import Depth, transfer_of
from framepick.sources.views import PictureConverter
from framepick.sources.wire import Sender, receive
from framepick.types import Pixels, Span, ViewSpec

_PARENT_CHECK_SECONDS = 1.0
_FIRST_FIELDS = 4
"""Interlaced pictures that are decoded when a video is opened."""
# the telephone's own, with its time zone, before the container's, which is in UTC
_RECORDED_TAGS = ("com.apple.quicktime.creationdate", "creation_time", "date")
_LOCATION_TAGS = ("com.apple.quicktime.location.iso6709", "location", "location-eng")


class VideoDecoder:
    """One video, open: what it is, its frames as views, some of them again at full size."""

    def __init__(self, path: str, spec: ViewSpec, sender: Sender, log: TroubleLog) -> None:
        self._path = path
        self._sender = sender
        self._log = log
        self._convert = PictureConverter(spec)
        self._orientations: dict[tuple[int, int], Orientation] = {}
        self._has_fields = False  # of any sound picture that was decoded
        with open_container(path) as container:
            streams = video_streams(container)
            indexes = index_packets(container, streams, sender.pulse)
            filled = [pair for pair in zip(streams, indexes, strict=True) if len(pair[1])]
            if not filled:
                raise SourceError("holds a video track without pictures")
            stream, self._index = filled[0]
            check_size(stream.codec_context.width, stream.codec_context.height)
            self._stream_index = stream.index
            self._time_base = Fraction(stream.time_base or 1)
            self._aspect = stream.sample_aspect_ratio
            self._shown: Shown | None = None
            self._facts = _facts(stream, container, self._index, self._time_base)
        self._finder = FrameFinder(
            path, self._stream_index, self._index, self._exact_decoder, self._is_same, sender.pulse
        )

    def announce(self) -> None:
        """Say what the video is; the size is that of the first picture, not of the header."""
        pictures = self._exact_decoder().pictures()
        first = next(pictures, None)
        if first is None:
            raise SourceError("holds no picture that can be decoded")
        width, height = self._orientation(first.picture).shown_size(
            first.picture.width, first.picture.height
        )
        check_size(width, height)
        self._shown = self._list_shown(first, pictures)
        count, payload = _timeline_bytes(self._shown)
        self._sender.send(
            "opened", payload, frame_count=count, width=width, height=height, **self._facts
        )

    def frames(self, span: Span) -> None:
        """Send the view and the measures of every frame of a span, and what it cost."""
        if span.is_everything or not self._shown:
            self._frames_in_order(span)
        else:
            self._frames_of_span(span, self._shown)

    def _frames_in_order(self, span: Span) -> None:
        """Decode from the start, whatever the time stamps."""
        exact = self._exact_decoder()
        clock = Clock(self._time_base, self._index.usual_step)
        thinner = Thinner(span.min_step_seconds)
        luma = None
        for ordinal, decoded in enumerate(exact.pictures()):
            pts, seconds = self._tick(clock, decoded)
            if span.end_seconds is not None and seconds > span.end_seconds:
                break
            self._has_fields |= not decoded.is_damaged and is_interlaced(decoded.picture)
            is_kind = span.frames == "all" or bool(self._index.key[decoded.packet_number])
            if seconds >= span.start_seconds and is_kind and thinner.takes(seconds):
                luma = self._send_frame(decoded, luma, ordinal, pts, seconds)
        self._sender.send("done", errors=exact.error_count)

    def _frames_of_span(self, span: Span, shown: Shown) -> None:
        """Decode what is asked for, and what that refers to."""
        rows = shown.rows(span)
        ordinals = dict(zip(shown.numbers[rows].tolist(), rows.tolist(), strict=True))
        luma = None
        for decoded in self._span_decoder.pictures(shown.numbers[rows]):
            self._has_fields |= not decoded.is_damaged and is_interlaced(decoded.picture)
            ordinal = ordinals[decoded.packet_number]
            pts = int(self._index.pts[decoded.packet_number])
            seconds = float(shown.timeline.times_seconds[ordinal])
            luma = self._send_frame(decoded, luma, ordinal, pts, seconds)
        self._sender.send("done", errors=self._span_decoder.error_count)

    def _send_frame(
        self,
        decoded: Decoded,
        luma: NDArray[np.float32] | None,
        ordinal: int,
        pts: int,
        seconds: float,
    ) -> NDArray[np.float32]:
        view = self._view(decoded.picture)
        measures, luma = measure(view, luma, decoded.is_damaged)
        self._sender.send(
            "frame",
            view.data.cast("B"),
            ordinal=ordinal,
            pts=pts,
            seconds=seconds,
            measures=astuple(measures),
            fingerprint=_fingerprint(view),
        )
        return luma

    def stills(self, rows: list[list[Any]], depth: Depth) -> None:
        """Send the frames asked for at full size, each channel with 8 or 16 bits."""
        wanted = _wanted(rows)
        use = partial(self._send_still, depth=depth)
        if self._finder.can_seek:
            self._finder.by_seeking(wanted, use)
        if wanted:
            self._finder.in_order(wanted, use)
        self._sender.send("done", missing=sorted(wanted))

    def close_ups(self, rows: list[list[Any]]) -> None:
        """Send what the frames asked for show at full size, those that can be found."""
        find = self._finder.by_seeking if self._finder.can_seek else self._finder.in_order
        find(_wanted(rows), self._send_close_up)
        self._sender.send("done")

    def _is_same(self, picture: av.VideoFrame, wanted: Wanted) -> bool:
        if wanted.fingerprint is None:
            return True
        return _fingerprint(self._view(picture)) == wanted.fingerprint

    def _send_still(self, found: Found, wanted: Wanted, depth: Depth) -> None:
        picture = deinterlaced(*found)
        turn = self._orientation(found.picture)
        check_size(*turn.shown_size(picture.width, picture.height))
        pixels = self._convert.still(picture, turn, depth)
        height, width, _ = pixels.shape
        payload = np.ascontiguousarray(pixels).data.cast("B")
        self._sender.send("still", payload, ordinal=wanted.ordinal, width=width, height=height)

    def _send_close_up(self, found: Found, wanted: Wanted) -> None:
        luma = luma_of(found.picture)
        if self._has_fields or is_interlaced(found.picture):
            # one of two instants, as the still will show one; of whole pictures between such too,
            # for half the lines have other structure, and all are compared
            luma = luma[::2]
        self._sender.send(
            "close-up",
            structure(luma).tobytes() + cells(luma).tobytes(),
            ordinal=wanted.ordinal,
            combing=combing(luma),
        )

    @cached_property
    def _span_decoder(self) -> SpanDecoder:
        return SpanDecoder(
            self._path, self._stream_index, self._index, self._log, self._sender.pulse
        )

    def _list_shown(self, first: Decoded, others: Iterator[Decoded]) -> Shown | None:
        """List the frames as the packets tell them, if the first pictures agree."""
        shown = Shown.of(self._index, first.packet_number, self._time_base)
        if shown and is_interlaced(first.picture):  # where each field may be a packet
            expected = shown.numbers[1:_FIRST_FIELDS].tolist()
            came = [decoded.packet_number for decoded in islice(others, len(expected))]
            return shown if came == expected else None
        return shown

    def _exact_decoder(self) -> ExactDecoder:
        return ExactDecoder(
            self._path, self._stream_index, self._index, self._log, self._sender.pulse
        )

    def _view(self, picture: av.VideoFrame) -> Pixels:
        return self._convert.view(picture, self._orientation(picture))

    def _orientation(self, picture: av.VideoFrame) -> Orientation:
        # Side data and its picture refer to each other and stay in memory until the collector
        # runs, so it is looked at only when a stream begins or its size changes.
        size = (picture.width, picture.height)
        if size not in self._orientations:
            matrix: Any = picture.side_data.get("DISPLAYMATRIX")
            self._orientations = {
                size: orientation(bytes(matrix) if matrix else None, self._aspect)
            }
        return self._orientations[size]

    def _tick(self, clock: Clock, decoded: Decoded) -> tuple[int, float]:
        pts, _ = self._index.stamps(decoded.packet_number)
        duration = int(self._index.duration[decoded.packet_number])
        return clock.tick(pts, decoded.picture.dts, duration)


def _timeline_bytes(shown: Shown | None) -> tuple[int | None, bytes]:
    """Number of frames, and their times (float64), sizes (int64) and key flags (bool)."""
    if shown is None:
        return None, b""
    line = shown.timeline
    return len(line), line.times_seconds.tobytes() + line.size.tobytes() + line.key.tobytes()


def _wanted(rows: list[list[Any]]) -> dict[int, Wanted]:
    return {row[0]: Wanted(*row) for row in rows}


def _facts(
    stream: VideoStream, container: InputContainer, index: PacketIndex, time_base: Fraction
) -> dict[str, Any]:
    rate = stream.average_rate or stream.guessed_rate
    # Matroska writes the names of tags in capitals
    tags = {name.lower(): text for name, text in {**container.metadata, **stream.metadata}.items()}
    return {
        "codec": stream.codec_context.name,
        "container": container.format.name,
        "frame_rate": str(rate) if rate else None,
        "duration_seconds": _duration(index, time_base, rate),
        "packet_count": int(index.shown.sum()),
        "key_frame_count": int(index.key.sum()),
        "start_timecode": tags.get("timecode") or _track_timecode(container),
        "recorded_at": _first_of(tags, _RECORDED_TAGS),
        "location": _first_of(tags, _LOCATION_TAGS),
        "transfer": transfer_of(stream.codec_context.color_trc),
        "time_base": str(time_base),
    }


def _first_of(tags: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((tags[name] for name in names if tags.get(name)), None)


def _track_timecode(container: InputContainer) -> str | None:
    """Time code that stands on a track of its own, as QuickTime keeps it."""
    codes = (stream.metadata.get("timecode") for stream in container.streams)
    return next((code for code in codes if code), None)


def _duration(index: PacketIndex, time_base: Fraction, rate: Fraction | None) -> float:
    if rate and not index.has_pts:  # the stamps tell nothing, or start again on the way
        return float(int(index.shown.sum()) / rate)
    return float(index.duration_ticks * time_base)


def _fingerprint(view: Pixels) -> int:
    return zlib.crc32(view.data)


def serve(commands: Iterator[dict[str, Any]], sender: Sender) -> None:
    """Carry out commands until there are none; an error of the input is sent, not raised."""
    decoder: VideoDecoder | None = None
    log = TroubleLog()
    for command in commands:
        try:
            match command["kind"]:
                case "open":
                    spec = ViewSpec(command["view_size"])
                    decoder = VideoDecoder(command["path"], spec, sender, log)
                    decoder.announce()
                case "frames" if decoder:
                    decoder.frames(Span(*command["span"]))
                case "stills" if decoder:
                    decoder.stills(command["wanted"], command["depth"])
                case "close-ups" if decoder:
                    decoder.close_ups(command["wanted"])
        except SourceError as error:
            sender.send("error", text=str(error))
        except BrokenPipeError:
            raise
        except Exception as error:  # whatever a file does to a library is an error of that file
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            sender.send("error", text=f"cannot be decoded ({reason})")


def main() -> None:
    """Run as the decoder process of a parent that holds the other ends of the pipes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not mix with the messages
    commands: queue.Queue[dict[str, Any] | None] = queue.Queue()
    for watch in (lambda: _read_commands(sys.stdin.buffer, commands), _watch_parent):
        threading.Thread(target=watch, daemon=True).start()
    with contextlib.suppress(BrokenPipeError):
        serve(iter(commands.get, None), Sender(results))
    os._exit(0)  # an ordinary end would wait for the thread that reads standard input


def _read_commands(stream: BinaryIO, commands: queue.Queue[dict[str, Any] | None]) -> None:
    while (message := receive(stream)) is not None:
        commands.put(message.header)
    os._exit(0)  # the parent is gone, whatever this process was in the middle of


def _watch_parent() -> None:
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_SECONDS)
    os._exit(0)
