"""Keeps a live source open: notices when it is lost, and opens it again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic

from framepick.errors import DecoderError, SourceError
from framepick.sources.live import Address, CaptureClient, LiveFrame
from framepick.sources.live.client import Clip, Lost, StreamFacts, Waiting
from framepick.types import Moment, Still

FROZEN_SECONDS = 5.0
"""A source that gives nothing new for so long is lost."""
OPENING_SECONDS = 9.0
"""A source that is not open after so long does not answer."""
KEY_FRAME_SECONDS = 30.0
"""A source that sends, but for so long nothing that can be decoded, is lost."""
FIRST_BACKOFF_SECONDS = 1.0
MOST_BACKOFF_SECONDS = 4.0
"""A return is noticed in time: a source that is not there costs next to nothing to ask for."""
MOST_DENIED_SECONDS = 30.0
"""The same for a source that refuses the password: cameras lock out who asks too often."""
STEADY_SECONDS = 10.0
"""After so long without a loss, the next one is the first again."""
_WAIT_SECONDS = 0.2
"""How long one call waits for a picture."""

Start = Callable[[int, bool], CaptureClient]
"""Starts a capture process whose first frame has a number, and which may be a patient one."""


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
    """When it is opened again, from now, 0 if it is still open; None if it is not."""
    was_open: bool
    is_denied: bool = False
    """Whether user and password are wrong: nothing helps but another address."""


class Connection:
    """One live source, opened again whenever it is lost and `may_return`.

    What cannot be opened again, or waits for somebody to send, is left open when nothing comes.
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
        self._packets, self._packets_at = 0, 0.0
        self._is_silent = self._is_retry = False
        self._attempts = 0
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
            self.open()
        try:
            return self._answer(preview)
        except DecoderError as error:
            return self._gone(str(error))

    def clip(self, path: Path, start_seconds: float, end_seconds: float) -> Clip:
        """Write what is kept of a time to a file.

        Raises
        ------
        SourceError
            Nothing is kept of it.
        OutputError
            The file cannot be written.
        """
        if self._client is None:
            raise SourceError("the source was lost")
        return self._client.clip(path, start_seconds, end_seconds)

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

    def open(self) -> None:
        """Begin to open the source; `next` does so, too, where that was not done."""
        self._client = self._start(self._next_index, self._is_retry)
        self._packets = self._attempts = 0
        self._is_open = self._is_silent = False
        self._since = self._packets_at = monotonic()

    def _answer(self, preview: bool) -> LiveFrame | Opened | Gone | None:
        if self._client is None:
            return None
        answer = self._client.next(_WAIT_SECONDS, preview)
        match answer:
            case LiveFrame():
                return self._came(answer)
            case Lost(reason, text):
                return self._gone(text, reason == "denied")
            case Waiting(is_open, came, attempts):
                if attempts != self._attempts:
                    self._attempts, self._since = attempts, monotonic()
                if came != self._packets:
                    self._packets, self._packets_at = came, monotonic()
                    if not self._decodes:
                        return self._alive()
                return self._waited(is_open)

    def _waited(self, is_open: bool) -> Gone | None:
        """Nothing came for a moment; tell if that has lasted too long."""
        now = monotonic()
        limit = FROZEN_SECONDS if is_open else OPENING_SECONDS
        is_sending = self._packets > 0 and now - self._packets_at <= limit
        if is_sending:
            limit = KEY_FRAME_SECONDS
        if now - self._since <= limit or self._is_silent:
            return None
        text = "it sends nothing that can be decoded" if is_sending else f"nothing came {limit:g} s"
        stays = not self._address.may_return or (self._address.is_listening and not is_open)
        return self._silent(text) if stays else self._gone(text)

    def _silent(self, text: str) -> Gone:
        was_open, self._is_open, self._is_silent = self._is_open, False, True
        return Gone(text, 0.0, was_open)

    def _came(self, frame: LiveFrame) -> LiveFrame | Opened:
        self._next_index = frame.frame.moment.frame_index + 1
        return self._alive() or frame

    def _alive(self) -> Opened | None:
        """Note that something came; tell of the first that did."""
        now = self._since = monotonic()
        self._is_silent = False
        if now - self._opened_at > STEADY_SECONDS:
            self._backoff = FIRST_BACKOFF_SECONDS
        if not self._is_open and self._client and self._client.facts:
            is_again, self._is_open, self._was_open = self._was_open, True, True
            self._opened_at = now
            return Opened(self._client.facts, is_again)
        return None

    def _gone(self, text: str, is_denied: bool = False) -> Gone:
        was_open, self._is_open, self._is_lost = self._is_open, False, True
        self._is_retry = True
        may_return = self._address.may_return and (self._was_open or self._keep_trying)
        if not may_return:
            return Gone(text, None, was_open, is_denied)
        most = MOST_DENIED_SECONDS if is_denied else MOST_BACKOFF_SECONDS
        wait, self._backoff = min(self._backoff, most), min(2 * self._backoff, MOST_DENIED_SECONDS)
        self._retry_at = monotonic() + wait
        return Gone(text, wait, was_open, is_denied)
