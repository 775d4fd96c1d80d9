"""A video file as a frame source; the decoding happens in a child process.

The interpreter's lock, a decoder's crash and a hang stay outside: whatever happens to the child
becomes one clear error of this file.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import weakref
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np

import framepick
from framepick.closeup import COLUMNS, GRID, ROWS, SCALES
from framepick.errors import DecoderError, LostFrames, SourceError
from framepick.sources.wire import Message, Sender, receive
from framepick.types import (
    CloseUp,
    Frame,
    FrameMeasures,
    Moment,
    Span,
    Still,
    Timeline,
    VideoInfo,
    ViewSpec,
)

_QUEUED_MESSAGES = 16
_STALL_SECONDS = 60.0
_UNKNOWN = -1
# the child must find this very framepick, wherever the parent found it
_START = """
import sys
if sys.argv[1] not in sys.path:
    sys.path.insert(0, sys.argv[1])
from framepick.sources.decoder import main
main()
"""


class VideoSource:
    """One video file. Close it, or use it in a `with` statement.

    Raises
    ------
    SourceError
        The file cannot be read as a video; `DecoderError` if its decoder crashes, hangs or is
        killed, also later, in `frames` and `stills`.
    """

    def __init__(
        self, path: Path | str, spec: ViewSpec, stall_seconds: float = _STALL_SECONDS
    ) -> None:
        self._name = str(path)
        self._spec = spec
        self._child = _Child(stall_seconds)
        self._fingerprints = array("q")
        self._is_busy = False
        self.error_count = 0
        try:
            self._child.send("open", path=os.path.abspath(path), view_size=spec.size)
            opened = self._answer("opened")
            self.info, self._time_base = self._opened(opened.header)
            self.timeline = _timeline(opened)
        except BaseException:
            self.close()
            raise

    def frames(self, span: Span = Span()) -> Iterator[Frame]:
        """Give every frame of `span` in display order; by default all that there are.

        A frame is the same, bit for bit, whatever the span, but for the change that it measures.
        Parts of a video are decoded from the key frames before them where the packets tell the
        frames apart (`timeline`), else from the start. Their ordinals are rows of the timeline;
        decoding all of a damaged file counts the pictures that came. Where damage loses pictures,
        others may come late.

        An iteration that is given up ends the decoder; the source is closed then. One iteration
        at a time, else RuntimeError.
        """
        with self._request("frames", span=astuple(span)):
            while (message := self._answer("frame", "done")).header["kind"] == "frame":
                yield self._frame(message)
            self.error_count = max(self.error_count, message.header["errors"])

    def stills(self, moments: Sequence[Moment], depth: int = 8) -> Iterator[Still]:
        """Give the very frames of `moments` at full size, each once, in the order they are found.

        `depth` is 8 or 16 bits per channel.

        Frames that this source has given before are recognised by their content too, so that a
        seek that lands elsewhere is never believed.

        Raises
        ------
        LostFrames
            After all that could be found: what decodes differently each time is damaged.
        """
        wanted = {moment.ordinal: moment for moment in moments}
        with self._request("stills", wanted=self._rows(moments), depth=depth):
            while (message := self._answer("still", "done")).header["kind"] == "still":
                header = message.header
                shape = (header["height"], header["width"], 3)
                kind = np.uint16 if depth == 16 else np.uint8
                pixels = np.frombuffer(message.payload, dtype=kind).reshape(shape)
                yield Still(pixels, wanted[header["ordinal"]])
        if missing := message.header["missing"]:
            times = ", ".join(f"{wanted[ordinal].time_seconds:.3f} s" for ordinal in missing)
            text = f"{self._name}: the frames at {times} could not be decoded again as they were"
            raise LostFrames(text, frozenset(missing))

    def close_ups(self, moments: Sequence[Moment]) -> Iterator[CloseUp]:
        """Look at the very frames of `moments` at full size, each once, in the order found.

        A frame that decodes differently this time is left out.
        """
        wanted = {moment.ordinal: moment for moment in moments}
        with self._request("close-ups", wanted=self._rows(moments)):
            while (message := self._answer("close-up", "done")).header["kind"] == "close-up":
                yield _close_up(message, wanted[message.header["ordinal"]])

    def close(self) -> None:
        """End the decoder process; harmless if it has ended."""
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
        self._child.send(kind, **header)
        try:
            yield
        except BaseException:
            self.close()
            raise
        finally:
            self._is_busy = False

    def _answer(self, *kinds: str) -> Message:
        try:
            message = self._child.receive()
        except DecoderError as error:
            raise DecoderError(f"{self._name}: {error}") from error
        if message.header["kind"] == "error":
            raise SourceError(f"{self._name}: {message.header['text']}")
        if message.header["kind"] not in kinds:
            raise DecoderError(f"{self._name}: the decoder gave an answer out of turn")
        return message

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
        moment = Moment(header["ordinal"], header["pts"], self._time_base, header["seconds"])
        self._remember(moment.ordinal, header["fingerprint"])
        return Frame(view, moment, FrameMeasures(*header["measures"]))

    def _rows(self, moments: Sequence[Moment]) -> list[list[Any]]:
        return [[m.ordinal, m.pts, self._fingerprint(m.ordinal)] for m in moments]

    def _remember(self, ordinal: int, fingerprint: int) -> None:
        while len(self._fingerprints) <= ordinal:
            self._fingerprints.append(_UNKNOWN)
        self._fingerprints[ordinal] = fingerprint

    def _fingerprint(self, ordinal: int) -> int | None:
        known = self._fingerprints[ordinal] if ordinal < len(self._fingerprints) else _UNKNOWN
        return None if known == _UNKNOWN else known


def _timeline(opened: Message) -> Timeline | None:
    count, payload = opened.header["frame_count"], opened.payload
    if count is None:
        return None
    times = np.frombuffer(payload, np.float64, count)
    size = np.frombuffer(payload, np.int64, count, offset=8 * count)
    return Timeline(times, np.frombuffer(payload, np.bool_, count, offset=16 * count), size)


def _close_up(message: Message, moment: Moment) -> CloseUp:
    numbers = np.frombuffer(message.payload, dtype=np.float32)
    fine, luma = np.split(numbers, [-(GRID**2)])
    combing = message.header["combing"]
    tiles = fine.reshape(ROWS, COLUMNS, SCALES, 2)
    return CloseUp(moment, tiles, luma.reshape(GRID, GRID), combing)


class _Child:
    """The decoder process and the thread that reads its messages ahead, a few at most."""

    def __init__(self, stall_seconds: float) -> None:
        self._stall_seconds = stall_seconds
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START, str(Path(framepick.__file__).parent.parent)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._messages: queue.Queue[Message | None] = queue.Queue(_QUEUED_MESSAGES)
        self._stopped = threading.Event()
        self._sender = Sender(self._process.stdin)  # type: ignore[arg-type]
        self.end = weakref.finalize(self, _end, self._process, self._stopped)
        threading.Thread(
            target=_read_ahead,
            args=(self._process.stdout, self._messages, self._stopped),
            name="framepick-decoder-reader",
            daemon=True,
        ).start()

    def send(self, kind: str, **header: Any) -> None:
        with contextlib.suppress(OSError, ValueError):  # the child is gone: receive() says how
            self._sender.send(kind, **header)

    def receive(self) -> Message:
        """Next message that is more than a sign of life."""
        while True:
            if self._stopped.is_set():
                raise DecoderError("the source is closed")
            try:
                message = self._messages.get(timeout=self._stall_seconds)
            except queue.Empty:
                self.end()
                raise DecoderError(
                    f"the decoder has not answered for {self._stall_seconds:g} s and was ended"
                ) from None
            if message is None:
                raise DecoderError(self._obituary())
            if message.header["kind"] != "pulse":
                return message

    def _obituary(self) -> str:
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self.end()
            return "the decoder sent what cannot be read and was ended"
        self.end()
        if code < 0:
            return f"the decoder was ended by {_signal_name(-code)}"
        return f"the decoder crashed (exit code {code})"


def _read_ahead(
    stream: BinaryIO, messages: queue.Queue[Message | None], stopped: threading.Event
) -> None:
    message: Message | None = None
    while not stopped.is_set():
        try:
            message = receive(stream)
        except (OSError, ValueError):
            message = None
        if not _put(messages, message, stopped) or message is None:
            return


def _put(
    messages: queue.Queue[Message | None], message: Message | None, stopped: threading.Event
) -> bool:
    while not stopped.is_set():
        try:
            messages.put(message, timeout=0.1)
        except queue.Full:
            continue
        return True
    return False


def _end(process: subprocess.Popen[bytes], stopped: threading.Event) -> None:
    stopped.set()
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            stream.close()  # type: ignore[union-attr]


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
