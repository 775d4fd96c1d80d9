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
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from fractions import Fraction
from typing import Any, BinaryIO

import av
from av.video.stream import VideoStream

from framepick.closeup import cells, combing, structure
from framepick.errors import SourceError
from framepick.measures import measure
from framepick.sources.clock import Clock
from framepick.sources.containers import (
    check_size,
    open_container,
    ready,
    stream_at,
    video_streams,
)
from framepick.sources.decoding import Decoded, ExactDecoder, TroubleLog
from framepick.sources.geometry import Orientation, orientation
from framepick.sources.index import PacketIndex, index_packets
from framepick.sources.luma import luma_of
from framepick.sources.views import PictureConverter
from framepick.sources.wire import Sender, receive
from framepick.types import Pixels, ViewSpec

_PARENT_CHECK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A frame to find again."""

    ordinal: int
    pts: int
    fingerprint: int | None


_Use = Callable[[av.VideoFrame, _Wanted], None]


class VideoDecoder:
    """One video, open: what it is, its frames as views, some of them again at full size."""

    def __init__(self, path: str, spec: ViewSpec, sender: Sender, log: TroubleLog) -> None:
        self._path = path
        self._sender = sender
        self._log = log
        self._convert = PictureConverter(spec)
        self._orientations: dict[tuple[int, int], Orientation] = {}
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
            self._facts = _facts(stream, container.format.name, self._index, self._time_base)

    def announce(self) -> None:
        """Say what the video is; the size is that of the first picture, not of the header."""
        first = next(self._exact_decoder().pictures(), None)
        if first is None:
            raise SourceError("holds no picture that can be decoded")
        width, height = self._orientation(first.picture).shown_size(
            first.picture.width, first.picture.height
        )
        check_size(width, height)
        self._sender.send("opened", width=width, height=height, **self._facts)

    def frames(self, start: float, end: float | None) -> None:
        """Send the view and the measures of every frame between two times, and what it cost."""
        exact = self._exact_decoder()
        clock = Clock(self._time_base, self._index.usual_step)
        luma = None
        for ordinal, decoded in enumerate(exact.pictures()):
            pts, seconds = self._tick(clock, decoded)
            if end is not None and seconds > end:
                break
            view = self._view(decoded.picture)
            measures, luma = measure(view, luma, decoded.is_damaged)
            if seconds >= start:
                self._sender.send(
                    "frame",
                    view.data.cast("B"),
                    ordinal=ordinal,
                    pts=pts,
                    seconds=seconds,
                    measures=astuple(measures),
                    fingerprint=_fingerprint(view),
                )
        self._sender.send("done", errors=exact.error_count)

    def stills(self, rows: list[list[Any]]) -> None:
        """Send the frames asked for at full size: by seeking where that is exact, else in order."""
        wanted = _wanted(rows)
        if self._index.has_pts:
            self._find_by_seeking(wanted, self._send_still)
        if wanted:
            self._find_in_order(wanted, self._send_still)
        self._sender.send("done", missing=sorted(wanted))

    def close_ups(self, rows: list[list[Any]]) -> None:
        """Send what the frames asked for show at full size, those that can be found."""
        wanted = _wanted(rows)
        if self._index.has_pts:
            self._find_by_seeking(wanted, self._send_close_up)
        else:
            self._find_in_order(wanted, self._send_close_up)
        self._sender.send("done")

    def _find_by_seeking(self, wanted: dict[int, _Wanted], use: _Use) -> None:
        with open_container(self._path) as container:
            stream = stream_at(container, self._stream_index)
            ready(stream, threads=True)
            for steps_back in (0, 1):
                for key, group in self._by_key(wanted, steps_back).items():
                    with contextlib.suppress(av.error.FFmpegError):
                        container.seek(self._seek_target(key), stream=stream, backward=True)
                        self._collect(container.decode(stream), group, wanted, use)

    def _collect(
        self,
        pictures: Iterator[av.VideoFrame],
        group: dict[int, _Wanted],
        wanted: dict[int, _Wanted],
        use: _Use,
    ) -> None:
        last = max(group)
        for picture in pictures:
            self._sender.pulse()
            if picture.pts is None or picture.pts > last:
                return
            hit = group.get(picture.pts)
            if hit and not picture.is_corrupt and self._is_same(picture, hit):
                use(picture, hit)
                del wanted[hit.ordinal]
            if picture.pts == last:
                return

    def _find_in_order(self, wanted: dict[int, _Wanted], use: _Use) -> None:
        for ordinal, decoded in enumerate(self._exact_decoder().pictures()):
            if ordinal in wanted and self._is_same(decoded.picture, wanted[ordinal]):
                use(decoded.picture, wanted[ordinal])
                del wanted[ordinal]
            if not wanted:
                return

    def _by_key(self, wanted: dict[int, _Wanted], steps: int) -> dict[int, dict[int, _Wanted]]:
        groups: dict[int, dict[int, _Wanted]] = {}
        for item in sorted(wanted.values(), key=lambda item: item.pts):
            key = self._index.start_for(item.pts, steps)
            if key is not None:
                groups.setdefault(key, {})[item.pts] = item
        return groups

    def _seek_target(self, key: int) -> int:
        pts, dts = self._index.stamps(key)
        return dts if dts is not None else pts or 0

    def _is_same(self, picture: av.VideoFrame, wanted: _Wanted) -> bool:
        if wanted.fingerprint is None:
            return True
        return _fingerprint(self._view(picture)) == wanted.fingerprint

    def _send_still(self, picture: av.VideoFrame, wanted: _Wanted) -> None:
        turn = self._orientation(picture)
        check_size(*turn.shown_size(picture.width, picture.height))
        pixels = self._convert.still(picture, turn)
        height, width, _ = pixels.shape
        payload = pixels.data.cast("B")
        self._sender.send("still", payload, ordinal=wanted.ordinal, width=width, height=height)

    def _send_close_up(self, picture: av.VideoFrame, wanted: _Wanted) -> None:
        luma = luma_of(picture)
        self._sender.send(
            "close-up",
            structure(luma).tobytes() + cells(luma).tobytes(),
            ordinal=wanted.ordinal,
            combing=combing(luma),
        )

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


def _wanted(rows: list[list[Any]]) -> dict[int, _Wanted]:
    return {row[0]: _Wanted(*row) for row in rows}


def _facts(
    stream: VideoStream, container: str, index: PacketIndex, time_base: Fraction
) -> dict[str, Any]:
    rate = stream.average_rate or stream.guessed_rate
    tags = {**stream.container.metadata, **stream.metadata}
    return {
        "codec": stream.codec_context.name,
        "container": container,
        "frame_rate": str(rate) if rate else None,
        "duration_seconds": _duration(index, time_base, rate),
        "packet_count": int(index.shown.sum()),
        "key_frame_count": int(index.key.sum()),
        "start_timecode": tags.get("timecode"),
        "time_base": str(time_base),
    }


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
                    decoder.frames(command["start"], command["end"])
                case "stills" if decoder:
                    decoder.stills(command["wanted"])
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
