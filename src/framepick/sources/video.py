"""A video file as a frame source; the decoding happens in a child process.

The interpreter's lock, a decoder's crash and a hang stay outside: whatever happens to the child
becomes one clear error of this file.
"""

from __future__ import annotations

import contextlib
import os
from array import array
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np

from framepick.detail import COLUMNS, GRID, ROWS, SCALES
from framepick.errors import DecoderError, LostFrames, SourceError
from framepick.protocols import Opening, SourceMemory
from framepick.sources.decoder_client import DecoderClient
from framepick.sources.devices import HWACCELS
from framepick.sources.wire import Message
from framepick.types import (
    DetailMeasures,
    Frame,
    FrameMeasures,
    FrameRequest,
    Moment,
    Still,
    Timeline,
    VideoInfo,
    ViewSpec,
)

_STALL_SECONDS = 60.0
_UNKNOWN = -1


class VideoSource:
    """One video file. Close it, or use it in a `with` statement.

    `opening` is that of an earlier source of the same content: the file is then opened only when
    frames are asked for. `hwaccel` is one of `devices.HWACCELS`: what decodes frames, where it is
    there and gives the same pictures as software, bit for bit.

    Raises
    ------
    SourceError
        The file cannot be read as a video, also later, in `frames`, `stills` and `detail_measures`;
        `DecoderError` if its decoder crashes, hangs or is killed.
    ValueError
        There is no such `hwaccel`.
    """

    def __init__(
        self,
        path: Path | str,
        spec: ViewSpec,
        stall_seconds: float = _STALL_SECONDS,
        opening: Opening | None = None,
        hwaccel: str = "off",
    ) -> None:
        if hwaccel not in HWACCELS:
            raise ValueError(f"hwaccel must be one of {', '.join(HWACCELS)}, not {hwaccel!r}")
        self._name = str(path)
        self._path = os.path.abspath(path)
        self._spec = spec
        self._stall_seconds = stall_seconds
        self._child: DecoderClient | None = None
        self._checksums = array("q")
        self._hwaccel = hwaccel
        self._is_busy = self._is_closed = self._touched_device = False
        self.device: str | None = None  # that decoded the last frames given; None for software
        self.error_count = 0
        self._has_fields = False
        try:
            self.opening = opening or self._open()
            self.info, self.time_base = self._opened(self.opening.header)
            self.timeline = _timeline(self.opening)
        except BaseException:
            self.close()
            raise

    def memory(self, frame_indices: Sequence[int] = ()) -> SourceMemory:
        """Give what is known of the frames `frame_indices`."""
        known, count = self._checksums, len(self._checksums)
        checksums = [known[n] if n < count else _UNKNOWN for n in frame_indices]
        rows = np.array(frame_indices, np.int64), np.array(checksums, np.int64)
        return SourceMemory(*rows, self.error_count, self._has_fields)

    def recall(self, memory: SourceMemory) -> None:
        """Take over what an earlier source of the same content and `ViewSpec` learnt."""
        rows = memory.frame_indices
        known = np.full(max(len(self._checksums), rows.max(initial=-1) + 1), _UNKNOWN, np.int64)
        known[: len(self._checksums)] = self._checksums
        known[rows] = memory.checksums
        self._checksums = array("q", known.tobytes())
        self.error_count = max(self.error_count, memory.error_count)
        self._has_fields |= memory.has_fields

    def frames(self, request: FrameRequest = FrameRequest()) -> Iterator[Frame]:
        """Give every frame of `request` in display order; by default all that there are.

        A frame is the same, bit for bit, whatever the span, but for the change that it measures.
        Parts of a video are decoded from the key frames before them where the packets tell the
        frames apart (`timeline`), else from the start. Frame indices are rows of the timeline;
        decoding all of a damaged file counts the pictures that came. Where damage loses pictures,
        others may come late.

        An iteration that is given up ends the decoder; the source is closed then. One iteration
        at a time, else RuntimeError.
        """
        with self._request("frames", frame_indices=request.frame_indices):
            for message in self._frames_and_done(request):
                if message.header["kind"] == "frame":
                    yield self._frame(message)
            self.error_count = max(self.error_count, message.header["errors"])
            self._has_fields |= message.header["has_fields"]
            self.device = message.header["device"]

    def stills(self, moments: Sequence[Moment], depth: int = 8) -> Iterator[Still]:
        """Give the very frames of `moments` at full size, each once, in the order they are found.

        `depth` is 8 or 16 bits per channel.

        Frames that this source has given before, or recalls, are recognised by their content too,
        so that a seek that lands elsewhere is never believed.

        Raises
        ------
        LostFrames
            After all that could be found: what decodes differently each time is damaged.
        """
        wanted = {moment.frame_index: moment for moment in moments}
        with self._request("stills", wanted=self._rows(moments), depth=depth):
            while (message := self._answer("still", "done")).header["kind"] == "still":
                header = message.header
                shape = (header["height"], header["width"], 3)
                kind = np.uint16 if depth == 16 else np.uint8
                pixels = np.frombuffer(message.payload, dtype=kind).reshape(shape)
                yield Still(pixels, wanted[header["frame_index"]])
        if missing := message.header["missing"]:
            times = ", ".join(
                f"{wanted[frame_index].time_seconds:.3f} s" for frame_index in missing
            )
            text = f"{self._name}: the frames at {times} could not be decoded again as they were"
            raise LostFrames(text, frozenset(missing))

    def detail_measures(self, moments: Sequence[Moment]) -> Iterator[DetailMeasures]:
        """Look at the very frames of `moments` at full size, each once, in the order found.

        A frame that decodes differently this time is left out.
        """
        wanted = {moment.frame_index: moment for moment in moments}
        with self._request("details", wanted=self._rows(moments), has_fields=self._has_fields):
            while (message := self._answer("detail", "done")).header["kind"] == "detail":
                yield _detail(message, wanted[message.header["frame_index"]])

    def close(self) -> None:
        """End the decoder process; harmless if it has ended or never began."""
        self._is_closed = True
        if self._child:
            self._child.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _request(self, kind: str, **header: Any) -> Iterator[None]:
        """Hold the only line to the decoder; a request left unfinished ends it."""
        if self._is_busy:
            raise RuntimeError(f"{self._name}: finish one iteration before the next")
        self._is_busy = True
        try:
            self._started().send(kind, **header)
            yield
        except BaseException:
            self.close()
            raise
        finally:
            self._is_busy = False

    def _started(self) -> DecoderClient:
        """Give the decoder process, which has the file open.

        Raises
        ------
        SourceError
            The file is not the one that was opened before.
        """
        if self._is_closed:
            raise DecoderError(f"{self._name}: the source is closed")
        if self._child is None and self._open() != self.opening:
            raise SourceError(f"{self._name}: changed while it was read; try again")
        assert self._child  # noqa: S101 - opening started it
        return self._child

    def _open(self) -> Opening:
        self._child = DecoderClient(self._stall_seconds)
        self._child.send("open", path=self._path, view_size=self._spec.size, hwaccel=self._hwaccel)
        return Opening(*self._answer("opened"))

    def _answer(self, *kinds: str) -> Message:
        assert self._child  # noqa: S101 - only a request has an answer
        try:
            message = self._child.receive()
        except DecoderError as error:
            raise DecoderError(f"{self._name}: {error}") from error
        if message.header["kind"] == "error":
            raise SourceError(f"{self._name}: {message.header['text']}")
        if message.header["kind"] not in kinds:
            raise DecoderError(f"{self._name}: the decoder gave an answer out of turn")
        return message

    def _frames_and_done(self, request: FrameRequest) -> Iterator[Message]:
        """Answers to a request for frames; once more in software where a driver ends the child."""
        given = 0
        try:
            for message in self._until_done():
                given += 1
                yield message
        except DecoderError:
            if self._is_closed or not self._touched_device:
                raise
            self._without_device().send("frames", frame_indices=request.frame_indices)
            yield from islice(self._until_done(), given, None)

    def _until_done(self) -> Iterator[Message]:
        kind = "frame"
        while kind == "frame":
            message = self._answer("frame", "done", "device")
            kind = message.header["kind"]
            if kind == "device":
                self._touched_device, kind = True, "frame"
            else:
                yield message

    def _without_device(self) -> DecoderClient:
        """Give a decoder process that uses no device, in the place of one that is gone."""
        self._hwaccel, self._touched_device = "off", False
        self._child = None
        return self._started()

    def _opened(self, header: dict[str, Any]) -> tuple[VideoInfo, Fraction]:
        time_base = Fraction(header["time_base"])
        rate = header["frame_rate"]
        info = VideoInfo(
            name=self._name,
            width=header["width"],
            height=header["height"],
            codec=header["codec"],
            container=header["container"],
            frame_rate=Fraction(rate) if rate else None,
            duration_seconds=header["duration_seconds"],
            packet_count=header["packet_count"],
            key_frame_count=header["key_frame_count"],
            start_timecode=header["start_timecode"],
            recorded_at=header["recorded_at"],
            location=header["location"],
            transfer=header["transfer"],
        )
        return info, time_base

    def _frame(self, message: Message) -> Frame:
        header = message.header
        size = self._spec.size
        view = np.frombuffer(message.payload, dtype=np.uint8).reshape(size, size, 3)
        moment = Moment(header["frame_index"], header["pts"], self.time_base, header["seconds"])
        self._remember(moment.frame_index, header["checksum"])
        return Frame(view, moment, FrameMeasures(*header["measures"]))

    def _rows(self, moments: Sequence[Moment]) -> list[list[Any]]:
        return [[m.frame_index, m.pts, self._checksum(m.frame_index)] for m in moments]

    def _remember(self, frame_index: int, checksum: int) -> None:
        while len(self._checksums) <= frame_index:
            self._checksums.append(_UNKNOWN)
        self._checksums[frame_index] = checksum

    def _checksum(self, frame_index: int) -> int | None:
        known = self._checksums[frame_index] if frame_index < len(self._checksums) else _UNKNOWN
        return None if known == _UNKNOWN else known


def _timeline(opened: Opening) -> Timeline | None:
    count, payload = opened.header["frame_count"], opened.payload
    if count is None:
        return None
    times = np.frombuffer(payload, np.float64, count)
    size = np.frombuffer(payload, np.int64, count, offset=8 * count)
    return Timeline(times, np.frombuffer(payload, np.bool_, count, offset=16 * count), size)


def _detail(message: Message, moment: Moment) -> DetailMeasures:
    numbers = np.frombuffer(message.payload, dtype=np.float32)
    fine, luma = np.split(numbers, [-(GRID**2)])
    combing = message.header["combing"]
    tiles = fine.reshape(ROWS, COLUMNS, SCALES, 2)
    return DetailMeasures(moment, tiles, luma.reshape(GRID, GRID), combing)
