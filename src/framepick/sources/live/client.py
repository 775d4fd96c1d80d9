"""The parent's side of a capture process."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from framepick.errors import OutputError, SourceError
from framepick.shape_repr import ShapeRepr
from framepick.sources.decoder_client import DecoderClient
from framepick.sources.live.addresses import Address
from framepick.sources.wire import Message
from framepick.types import Frame, FrameMeasures, Moment, Still, ViewSpec

MICROSECONDS = Fraction(1, 1_000_000)
"""The time base of live moments."""
_STALL_SECONDS = 5.0
"""A capture process that needs longer for a clip or a still is ended."""
_WORKER = "framepick.sources.live.worker"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LiveFrame(ShapeRepr):
    """The newest picture of a live source, when it was asked for."""

    frame: Frame
    """Its view and measures; times count from the start of the session."""
    arrived_seconds: float
    """When it arrived, by the monotonic clock."""
    width: int
    height: int
    """Size of a still in pixels."""
    came: int
    """Pictures that came so far, this one included, since the source was opened."""
    ring_bytes: int
    """Bytes of the recent past that are kept."""
    preview: bytes
    """A small JPEG file, upright; nothing where none was asked for."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """No new picture was decoded."""

    is_open: bool
    """Whether the source was opened."""
    came: int
    """Coded pictures that came so far."""
    attempts: int
    """How often the source was not there, if it is waited for."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Nothing more will come."""

    reason: str
    """ended, refused, denied or error."""
    text: str


@dataclass(frozen=True, slots=True)
class Clip:
    """A part of the recent past, as a file."""

    path: Path
    first_seconds: float
    """Time in the session that the file's first picture is shown at."""


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What is known of an open source."""

    codec: str
    container: str
    width: int
    height: int
    """Size in pixels as the header says."""
    rate: str | None
    """Nominal frames per second, as a fraction; None where the source gives none."""


class CaptureClient:
    """A capture process that has a source open, or tries to open it.

    Times are given in seconds since `start_seconds` of the monotonic clock; frames are counted from
    `first_index` on. The process keeps the last `ring_seconds`, of at most `ring_bytes`. Unless it
    `decodes`, it gives no pictures and only keeps them. One that `is_patient` waits for a source
    that is not there.
    """

    def __init__(
        self,
        address: Address,
        spec: ViewSpec,
        ring_seconds: float,
        ring_bytes: int,
        start_seconds: float,
        first_index: int = 0,
        decodes: bool = True,
        is_patient: bool = False,
    ) -> None:
        self._start, self._first_index = start_seconds, first_index
        self._side = spec.size
        self.facts: StreamFacts | None = None
        self._is_asked = False
        self._answer: Message | None = None
        self._waiting = Waiting(False, 0, 0)
        fields = asdict(address)
        inherited: tuple[int, ...] = ()
        if address.kind == "pipe":
            inherited = (os.dup(0),)
            fields["url"] = f"pipe:{inherited[0]}"
        self._process = DecoderClient(_STALL_SECONDS, _WORKER, "capture process", inherited)
        for number in inherited:
            os.close(number)
        self._process.send(
            "open",
            address=fields,
            view_size=spec.size,
            seconds=ring_seconds,
            bytes=ring_bytes,
            decodes=decodes,
            is_patient=is_patient,
        )

    def next(self, wait_seconds: float, preview: bool) -> LiveFrame | Waiting | Lost:
        """Give the newest picture that was not given before, with a `preview` if you say so.

        It takes twice `wait_seconds` at most, also while the process starts or hangs.

        Raises
        ------
        DecoderError
            The process crashed or was killed.
        """
        if not self._is_asked:
            self._process.send("next", wait=wait_seconds, preview=preview)
            self._is_asked = True
        message = self._answer or self._process.poll(2 * wait_seconds)
        if message is None:
            return self._waiting
        self._is_asked, self._answer = False, None
        header = message.header
        match header["kind"]:
            case "frame":
                return self._frame(message)
            case "lost":
                return Lost(header["reason"], header["text"])
        self._learn(header)
        self._waiting = Waiting(self.facts is not None, header["came"], header["attempts"])
        return self._waiting

    def clip(self, path: Path, start_seconds: float, end_seconds: float) -> Clip:
        """Write what is kept of a time to a file, from a key frame on.

        Raises
        ------
        SourceError
            Nothing is kept of that time.
        OutputError
            The file cannot be written.
        DecoderError
            The process crashed, hangs or was killed.
        """
        start, end = start_seconds + self._start, end_seconds + self._start
        header = self._ask("clip", path=str(path), start=start, end=end).header
        if header["kind"] != "clip":
            path.unlink(missing_ok=True)
            raise (OutputError if header["is_unwritable"] else SourceError)(header["text"])
        return Clip(path, header["first_seconds"] - self._start)

    def still(self, clip: Clip, moment: Moment) -> Still | None:
        """Give the picture of a clip that was shown at a moment, at full size, at once.

        Nothing is checked or compared; None if it cannot be decoded.

        Raises
        ------
        DecoderError
            As `clip`.
        """
        seconds = max(moment.time_seconds - clip.first_seconds, 0.0)
        message = self._ask("still", path=str(clip.path), time=seconds)
        if message.header["kind"] != "still":
            return None
        shape = message.header["height"], message.header["width"], 3
        pixels = np.frombuffer(message.payload, np.uint8).reshape(shape)
        shown = message.header["time"] + clip.first_seconds
        pts = round(shown / MICROSECONDS)
        return Still(pixels, Moment(moment.frame_index, pts, MICROSECONDS, shown))

    def close(self) -> None:
        """End the process."""
        self._process.end()

    def _ask(self, kind: str, **header: Any) -> Message:
        """Send a command, and give its answer; that of `next` comes first if it is due."""
        self._process.send(kind, **header)
        if self._is_asked and self._answer is None:
            self._answer = self._process.receive()
        return self._process.receive()

    def _learn(self, header: dict[str, Any]) -> None:
        if facts := header.get("facts"):
            self.facts = StreamFacts(**facts)

    def _frame(self, message: Message) -> LiveFrame:
        header = message.header
        self._learn(header)
        seconds = header["time"] - self._start
        moment = Moment(
            self._first_index + header["frame_index"],
            round(seconds / MICROSECONDS),
            MICROSECONDS,
            seconds,
        )
        pixels = np.frombuffer(message.payload, np.uint8, header["view_bytes"])
        view = pixels.reshape(self._side, self._side, 3)
        return LiveFrame(
            Frame(view, moment, FrameMeasures(*header["measures"])),
            arrived_seconds=header["arrived"],
            width=header["width"],
            height=header["height"],
            came=header["frame_index"] + 1,
            ring_bytes=header["ring_bytes"],
            preview=bytes(message.payload[header["view_bytes"] :]),
        )
