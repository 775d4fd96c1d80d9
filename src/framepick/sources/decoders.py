"""The decoder processes of one video: one, and another on demand while that is busy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from framepick.errors import SourceClosed
from framepick.sources.decoder_client import DecoderClient


class _Spare:
    """Holds one decoder process between two videos, while it is on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_on = False
        self._decoder: DecoderClient | None = None

    def turn_on(self) -> None:
        with self._lock:
            if self._is_on:
                raise RuntimeError("decoders are reused already")
            self._is_on = True

    def turn_off(self) -> None:
        with self._lock:
            self._is_on = False
        if left := self.take():
            left.end()

    def take(self) -> DecoderClient | None:
        """Give the process that is held, if it still runs."""
        with self._lock:
            decoder, self._decoder = self._decoder, None
        return decoder if decoder and decoder.is_alive() else None

    def leave(self, decoder: DecoderClient) -> None:
        """Hold a process that waits for requests, without a file; end it if that cannot be."""
        decoder.send("close")
        decoder.has_file = False
        with self._lock:
            if self._is_on and self._decoder is None:
                self._decoder = decoder
                return
        decoder.end()


_SPARE = _Spare()


@contextmanager
def reused_decoders() -> Iterator[None]:
    """Let each video that is closed leave its decoder process to the next one, until the end.

    To start a process takes longer than to read a short video. A decoder that failed, or whose
    request was given up, is never used again. Not to be nested: RuntimeError.
    """
    _SPARE.turn_on()
    try:
        yield
    finally:
        _SPARE.turn_off()


def _decoder(stall_seconds: float) -> DecoderClient:
    """Give a decoder process without a file: that of an earlier video, or a new one."""
    if spare := _SPARE.take():
        spare.stall_seconds = stall_seconds
        return spare
    return DecoderClient(stall_seconds)


class Decoders:
    """Lends decoder processes, each to one request at a time.

    At most one is kept while none is asked for. Requests may come from several threads. A process
    that is silent for `stall_seconds` is ended.
    """

    def __init__(self, stall_seconds: float) -> None:
        self._stall_seconds = stall_seconds
        self.can_be_reused = True
        """Whether another video may take the decoder that is left at the end."""
        self._lock = threading.Lock()
        self._idle: DecoderClient | None = None
        self._busy: list[DecoderClient] = []
        self.is_closed = False

    @contextmanager
    def lend(self) -> Iterator[DecoderClient]:
        """Lend a decoder; it is ended if the request is given up or fails.

        Raises
        ------
        SourceClosed
            `close` was called.
        """
        decoder = self._take()
        try:
            yield decoder
        except BaseException:
            self._drop(decoder)
            raise
        self._put_back(decoder)

    def close(self) -> None:
        """End all decoders, also those in use; harmless if it was done before."""
        with self._lock:
            self.is_closed = True
            for decoder in self._busy:
                decoder.end()
            if self._idle and self.can_be_reused:
                _SPARE.leave(self._idle)
            elif self._idle:
                self._idle.end()
            self._idle, self._busy = None, []

    def _take(self) -> DecoderClient:
        with self._lock:
            if self.is_closed:
                raise SourceClosed("the source is closed")
            decoder, self._idle = self._idle or _decoder(self._stall_seconds), None
            self._busy.append(decoder)
            return decoder

    def _drop(self, decoder: DecoderClient) -> None:
        with self._lock:
            decoder.end()
            if decoder in self._busy:
                self._busy.remove(decoder)

    def _put_back(self, decoder: DecoderClient) -> None:
        with self._lock:
            if decoder not in self._busy:  # closed meanwhile
                return
            self._busy.remove(decoder)
            if self._idle:
                self._idle.end()
            self._idle = decoder
