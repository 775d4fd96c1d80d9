"""Keeps a live source open: notices when it is lost, and opens it again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic

from framepick.errors import DecoderError
from framepick.sources.live import Address, CaptureClient, LiveFrame
from framepick.sources.live.client import Clip, Lost, StreamFacts, Waiting
from framepick.types import Moment, Still

FROZEN_SECONDS = 5.0
"""A source that gives nothing new for so long is lost."""
OPENING_SECONDS = 9.0
"""A source that is not open after so long does not answer."""
FIRST_BACKOFF_SECONDS, MOST_BACKOFF_SECONDS = 1.0, 30.0
STEADY_SECONDS = 10.0
"""After so long without a loss, the next one is the first again."""
_WAIT_SECONDS = 0.2
"""How long one call waits for a picture."""

Start = Callable[[int], CaptureClient]
"""Starts a capture process whose first frame has a number."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The source gives pictures."""

    facts: StreamFacts
    is_again: bool


@dataclass(frozen=True, slots=True)
class Gone:
    """The source was lost, or has ended."""

    text: str
    """Why, without its name."""
    retry_seconds: float | None
    """When it is opened again, from now; None if it is not."""
    was_open: bool


class Connection:
    """One live source, opened again whenever it is lost and `may_return`.

    One that is only kept (`decodes` is false) lives as long as coded pictures come.
    `next` never waits long. After `Gone`, the recent past can still be had until `next` is called.
    """

    def __init__(
        self,
        address: Address,
        start: Start,
        stop: Event,
        keep_trying: bool,
        decodes: bool = True,
    ) -> None:
        self._address, self._decodes = address, decodes
        self._packets = 0
        self._start, self._stop = start, stop
        self._keep_trying = keep_trying
        self._client: CaptureClient | None = None
        self._is_open = self._was_open = False
        self._next_index = 0
        self._backoff = FIRST_BACKOFF_SECONDS
        self._retry_at = self._since = self._opened_at = monotonic()
        self._is_lost = False

    @property
    def facts(self) -> StreamFacts | None:
        """What is known of the source that is open."""
        return self._client.facts if self._client else None

    def next(self, preview: bool) -> LiveFrame | Opened | Gone | None:
        """Give the newest picture, or what happened; None if nothing did for a moment."""
        if self._is_lost or self._client is None:
            self.close()
            if (wait := self._retry_at - monotonic()) > 0:
                self._stop.wait(min(wait, _WAIT_SECONDS))
                return None
            self._open()
        try:
            return self._answer(preview)
        except DecoderError as error:
            return self._gone(str(error))

    def clip(self, path: Path, start_seconds: float, end_seconds: float) -> Clip | None:
        """Write what is kept of a time to a file; None if nothing is."""
        if self._client is None:
            return None
        try:
            return self._client.clip(path, start_seconds, end_seconds)
        except DecoderError:
            return None

    def still(self, clip: Clip, moment: Moment) -> Still | None:
        """Give the picture of a clip at a moment, at once; None if that is not possible."""
        if self._client is None:
            return None
        try:
            return self._client.still(clip, moment)
        except DecoderError:
            return None

    def close(self) -> None:
        """End the capture process."""
        if self._client:
            self._client.close()
        self._client, self._is_lost = None, False

    def _open(self) -> None:
        self._client, self._packets = self._start(self._next_index), 0
        self._is_open, self._since = False, monotonic()

    def _answer(self, preview: bool) -> LiveFrame | Opened | Gone | None:
        client, now = self._client, monotonic()
        if client is None:
            return None
        answer = client.next(_WAIT_SECONDS, preview)
        match answer:
            case LiveFrame():
                return self._came(answer)
            case Lost():
                return self._gone(answer.text, is_end=answer.reason == "ended")
            case Waiting(is_open, came) if self._decodes or came == self._packets:
                limit = FROZEN_SECONDS if is_open else OPENING_SECONDS
                if now - self._since > limit:
                    return self._gone(f"no picture came for {limit:g} s")
                return None
            case Waiting(came=came):
                self._packets = came
                return self._alive()

    def _came(self, frame: LiveFrame) -> LiveFrame | Opened:
        self._next_index = frame.frame.moment.frame_index + 1
        return self._alive() or frame

    def _alive(self) -> Opened | None:
        """Note that something came; tell of the first that did."""
        now = self._since = monotonic()
        if now - self._opened_at > STEADY_SECONDS:
            self._backoff = FIRST_BACKOFF_SECONDS
        if not self._is_open and self._client and self._client.facts:
            is_again, self._is_open, self._was_open = self._was_open, True, True
            self._opened_at = now
            return Opened(self._client.facts, is_again)
        return None

    def _gone(self, text: str, is_end: bool = False) -> Gone:
        was_open, self._is_open, self._is_lost = self._is_open, False, True
        may_return = self._address.may_return and (self._was_open or self._keep_trying)
        if not may_return:
            return Gone(text, None, was_open)
        wait, self._backoff = self._backoff, min(2 * self._backoff, MOST_BACKOFF_SECONDS)
        self._retry_at = monotonic() + wait
        return Gone("it has ended" if is_end else text, wait, was_open)
