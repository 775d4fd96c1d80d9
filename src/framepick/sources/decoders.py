"""The decoder processes of one video: one, and another on demand while that is busy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from framepick.errors import SourceClosed
from framepick.sources.decoder_client import DecoderClient


class Decoders:
    """Lends decoder processes made by `start`, each to one request at a time.

    At most one is kept while none is asked for. Requests may come from several threads.
    """

    def __init__(self, start: Callable[[], DecoderClient]) -> None:
        self._start = start
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
            for decoder in (self._idle, *self._busy):
                if decoder:
                    decoder.end()
            self._idle, self._busy = None, []

    def _take(self) -> DecoderClient:
        with self._lock:
            if self.is_closed:
                raise SourceClosed("the source is closed")
            decoder, self._idle = self._idle or self._start(), None
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
