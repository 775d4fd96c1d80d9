"""A video file as a source; the decoding happens in child processes.

Decoding does not wait for the interpreter's lock, and a decoder that crashes or hangs becomes a
`DecoderError` of this file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Self

from framepick.errors import DecoderError, LostFrames, SourceClosed, SourceError
from framepick.protocols import Opening, SourceMemory
from framepick.sources import answers
from framepick.sources.decoder_client import DecoderClient
from framepick.sources.decoders import Decoders
from framepick.sources.devices import HWACCELS, MOST_THREADS, usual_threads
from framepick.sources.known_frames import KnownFrames
from framepick.sources.wire import CHANGED, Message
from framepick.types import (
    SMALL_SIDE,
    DetailMeasures,
    Frame,
    FrameRequest,
    Moment,
    Still,
    ViewSpec,
)

_STALL_SECONDS = 60.0
_MOST_DETAILS = 4096
"""Detail measures that wait to be asked for; those of a frame take some 8 kB."""
_Line = Literal["frames", "full size"]
_ANSWERS = {
    "frames": ("frame", "detail"),
    "stills": ("still",),
    "small pictures": ("still",),
    "details": ("detail",),
}
"""The kinds of message that a request is answered with, once for each frame."""


class VideoSource:
    """One video file. Close it, or use it in a `with` statement.

    `opening` is that of an earlier source of the same content: the file is then opened only when
    frames are requested. `hwaccel` is one of `devices.HWACCELS`: the device that decodes frames, if
    it is present and gives the same pictures as software, bit for bit. `threads` is the number of
    decoder threads, None for as many as keep the cores busy; `stream` is the number of a video
    stream of the file, None for the best.

    While frames flow, a second decoder process gives stills and detail measures; it ends with the
    source at the latest. A request that is abandoned, or fails, ends the decoder that served it,
    and the next request starts another.

    Raises
    ------
    SourceError
        The file cannot be read as a video, also later, in `frames`, `stills` and `detail_measures`;
        `DecoderError` if its decoder crashes, hangs or is killed.
    ValueError
        There is no such `hwaccel`, or `threads` is less than 1.
    """

    def __init__(
        self,
        path: Path | str,
        spec: ViewSpec,
        opening: Opening | None = None,
        hwaccel: str = "off",
        threads: int | None = None,
        stream: int | None = None,
        stall_seconds: float = _STALL_SECONDS,
    ) -> None:
        if hwaccel not in HWACCELS:
            raise ValueError(f"hwaccel must be one of {', '.join(HWACCELS)}, not {hwaccel!r}")
        if threads is not None and threads < 1:
            raise ValueError(f"threads must be at least 1, not {threads}")
        self._name = str(path)
        self._path = os.path.abspath(path)
        self._spec = spec
        self._hwaccel = hwaccel
        self._threads = min(threads or usual_threads(), MOST_THREADS)
        self._stream = stream
        self._decoders = Decoders(stall_seconds)
        self._known = KnownFrames()
        self._details: dict[int, Message] = {}
        """Detail measures by frame index, taken when the frames were given."""
        self._busy: set[_Line] = set()
        self._touched_device = False
        self.device: str | None = None
        """What decoded the frames given last; None for software."""
        try:
            self.opening = opening or self._first_opening()
            self.info = answers.video_info(self._name, self.opening.header)
            self.time_base = Fraction(self.opening.header["time_base"])
            self.timeline = answers.timeline(self.opening)
        except BaseException:
            self.close()
            raise

    @property
    def error_count(self) -> int:
        """Decoding errors so far."""
        return self._known.error_count

    def memory(self, frame_indices: Sequence[int] = ()) -> SourceMemory:
        """Give what has been learnt about the frames `frame_indices`."""
        return self._known.memory(frame_indices)

    def recall(self, memory: SourceMemory) -> None:
        """Load what an earlier source of the same content and `ViewSpec` has learnt."""
        self._known.recall(memory)

    def frames(self, request: FrameRequest = FrameRequest()) -> Iterator[Frame]:
        """Give the frames of `request` in display order; by default all frames.

        A frame is the same, bit for bit, whatever the request, but for the change that it measures.
        Some frames are decoded from the key frames before them where the packets tell the frames
        apart (`timeline`), else from the start. Frame indices are rows of the timeline; decoding
        all of a damaged file counts the pictures that came. Where damage loses pictures, others may
        come late. Frames that do not exist are omitted.

        One iteration of frames at a time, else RuntimeError.
        """
        with self._alone("frames"):
            details: list[Message] = []
            had_fields = self._known.has_fields
            for message in self._frame_messages(request):
                header = message.header
                if header["kind"] == "frame":
                    self._known.add(header["frame_index"], header["checksum"])
                    yield answers.frame(message, self.time_base)
                elif header["kind"] == "detail":
                    details.append(message)
                else:
                    self._known.note(header["errors"], header["has_fields"])
                    self.device = header["device"]
            if self._known.has_fields != had_fields:
                # what was measured as whole pictures is of no use once there are fields
                self._details.clear()
            else:
                self._details |= {one.header["frame_index"]: one for one in details}
            for frame_index in list(self._details)[:-_MOST_DETAILS]:
                del self._details[frame_index]

    def stills(self, moments: Sequence[Moment], depth: int = 8) -> Iterator[Still]:
        """Give exactly the frames of `moments` at full size, each once, in the order found.

        `depth` is 8 or 16 bits per channel. Frames that this source has given before, or recalls,
        are recognised by their content too, so that a seek that lands elsewhere is never believed.
        One iteration of stills or detail measures at a time, else RuntimeError.

        Raises
        ------
        LostFrames
            After all that could be found: what decodes differently each time is damaged.
        """
        wanted = {moment.frame_index: moment for moment in moments}
        with self._alone("full size"):
            for message in self._ask("stills", wanted=self._rows(moments), depth=depth):
                header = message.header
                if header["kind"] == "still":
                    yield answers.still(message, wanted[header["frame_index"]], depth)
        if missing := header["missing"]:
            times = ", ".join(f"{wanted[number].time_seconds:.3f} s" for number in missing)
            text = f"{self._name}: the frames at {times} could not be decoded again as they were"
            raise LostFrames(text, frozenset(missing))

    def small_pictures(self, moments: Sequence[Moment], side: int = SMALL_SIDE) -> Iterator[Still]:
        """Give the frames of `moments`, `side` pixels long at most, each once, in the order found.

        Those whose pictures were kept, when they were measured at full size or requested as frames
        that have pictures, are not decoded again; a frame that decodes differently this time is
        omitted. Iterate as over `stills`.
        """
        wanted = {moment.frame_index: moment for moment in moments}
        with self._alone("full size"):
            for message in self._ask("small pictures", wanted=self._rows(moments), side=side):
                if message.header["kind"] == "still":
                    yield answers.still(message, wanted[message.header["frame_index"]], 8)

    def detail_measures(
        self, moments: Sequence[Moment], keep_pictures: bool = False
    ) -> Iterator[DetailMeasures]:
        """Measure exactly the frames of `moments` at full size, each once, in the order found.

        Frames that were measured while they were decoded come first, and not a second time. A frame
        that decodes differently this time is omitted. Pictures are kept for `small_pictures` if you
        say so. One iteration of stills or detail measures at a time, else RuntimeError.
        """
        wanted = {moment.frame_index: moment for moment in moments}
        with self._alone("full size"):
            for frame_index in list(wanted):
                known = self._details.pop(frame_index, None)
                if known and known.header["checksum"] == self._known.checksum(frame_index):
                    yield answers.detail_measures(known, wanted.pop(frame_index))
            if not wanted:
                return
            facts = {
                "wanted": self._rows([*wanted.values()]),
                "has_fields": self._known.has_fields,
                "keep_pictures": keep_pictures,
            }
            for message in self._ask("details", **facts):
                if message.header["kind"] == "detail":
                    yield answers.detail_measures(message, wanted[message.header["frame_index"]])

    def close(self) -> None:
        """End the decoder processes; harmless if they have ended or never began."""
        self._decoders.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _alone(self, line: _Line) -> Iterator[None]:
        if line in self._busy:
            raise RuntimeError(f"{self._name}: finish one iteration before the next")
        self._busy.add(line)
        try:
            yield
        finally:
            self._busy.discard(line)

    def _frame_messages(self, request: FrameRequest) -> Iterator[Message]:
        """Give the answers to a request for frames, in software if a driver crashed the decoder."""
        given = 0
        facts = {
            "frame_indices": request.frame_indices,
            "detail_indices": request.detail_indices,
            "has_fields": self._known.has_fields,
            "has_pictures": request.has_pictures,
        }
        try:
            for message in self._ask("frames", **facts):
                given += 1
                yield message
        except DecoderError:
            if not self._touched_device:
                raise
            self._hwaccel, self._touched_device = "off", False
            # a device measures no details: without them, the answers are the same
            again = self._ask("frames", **{**facts, "detail_indices": ()})
            yield from islice(again, given, None)

    def _ask(self, kind: str, **header: Any) -> Iterator[Message]:
        """Send a request, and give its answers up to the last, "done"."""
        with self._decoder() as decoder:
            decoder.send(kind, **header)
            answer = ""
            while answer != "done":
                message = self._receive(decoder, *_ANSWERS[kind], "device", "done")
                answer = message.header["kind"]
                if answer == "device":
                    # what a driver leaves in a process must not meet another video
                    self._touched_device, self._decoders.can_be_reused = True, False
                else:
                    yield message

    @contextmanager
    def _decoder(self) -> Iterator[DecoderClient]:
        """A decoder process that has the file open.

        Raises
        ------
        SourceError
            The source is closed, or the file is not the one that was opened before.
        """
        try:
            with self._decoders.lend() as decoder:
                if not decoder.has_file and self._open(decoder) != self.opening:
                    raise SourceError(f"{self._name}: {CHANGED}")
                yield decoder
        except DecoderError as error:
            if self._decoders.is_closed:
                raise self._closed() from error
            raise
        except SourceClosed as error:
            raise self._closed() from error

    def _closed(self) -> SourceClosed:
        return SourceClosed(f"{self._name}: the source is closed")

    def _first_opening(self) -> Opening:
        with self._decoders.lend() as decoder:
            return self._open(decoder)

    def _open(self, decoder: DecoderClient) -> Opening:
        decoder.send(
            "open",
            path=self._path,
            view_size=self._spec.size,
            hwaccel=self._hwaccel,
            threads=self._threads,
            stream=self._stream,
        )
        opening = Opening(*self._receive(decoder, "opened"))
        decoder.has_file = True
        return opening

    def _receive(self, decoder: DecoderClient, *kinds: str) -> Message:
        try:
            message = decoder.receive()
        except DecoderError as error:
            raise DecoderError(f"{self._name}: {error}") from error
        if message.header["kind"] == "error":
            raise SourceError(f"{self._name}: {message.header['text']}")
        if message.header["kind"] not in kinds:
            raise DecoderError(f"{self._name}: the decoder gave an answer out of turn")
        return message

    def _rows(self, moments: Sequence[Moment]) -> list[list[Any]]:
        return [[m.frame_index, m.pts, self._known.checksum(m.frame_index)] for m in moments]
