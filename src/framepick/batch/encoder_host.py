"""Keeps the encoder process running that the workers of a machine share."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from threading import Lock, Thread
from typing import Self

from framepick.batch.encoder_process import MODULE
from framepick.batch.short_folder import short_folder
from framepick.batch.worker import WorkerSettings
from framepick.errors import DecoderError, FramepickError
from framepick.sources.decoder_client import DecoderClient

_STARTS = 2
_START_SECONDS = 300.0
_TICK_SECONDS = 1.0
_BACKLOG = 128


def can_share() -> bool:
    """Tell whether processes of this system can share an encoder."""
    return hasattr(socket, "AF_UNIX")


class EncoderHost:
    """Starts the process, and again where it dies; workers connect to `address`.

    The socket belongs to this process: who connects while the other one starts waits for it.
    """

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._client: DecoderClient | None = None
        self._is_closed = False
        self._clean = ExitStack()
        self._thread = Thread(target=self._watch, name="framepick-encoder", daemon=True)
        self.pid = 0

    def __enter__(self) -> Self:
        with ExitStack() as clean:
            folder = clean.enter_context(short_folder("framepick-encoder"))
            self.address = str(folder / "socket")
            self._listener = clean.enter_context(socket.socket(socket.AF_UNIX))
            self._listener.bind(self.address)
            self._listener.listen(_BACKLOG)
            clean.callback(self._end)
            self._start()
            self._clean = clean.pop_all()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._clean.close()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_closed:
            client = self._client
            try:
                if client:
                    client.poll(_TICK_SECONDS)
            except DecoderError:
                self._replace()

    def _replace(self) -> None:
        try:
            if not self._is_closed:
                self._start()
        except FramepickError:  # workers that try to connect say so
            self._listener.close()
            self._is_closed = True

    def _start(self) -> None:
        reason = ""
        for _ in range(_STARTS):
            try:
                self._try_to_start()
                return
            except DecoderError as error:
                reason = str(error)
                if self._is_closed:
                    return
        raise FramepickError(f"the shared encoder cannot be started ({reason})")

    def _try_to_start(self) -> None:
        listener = self._listener.fileno()
        client = DecoderClient(_START_SECONDS, MODULE, "encoder", (listener,))
        with self._lock:
            self._client = client
            if self._is_closed:
                client.end()
        names = ("weights", "device", "runtime", "precision", "threads")
        options = {name: getattr(self._settings, name) for name in names}
        client.send("settings", listener=listener, **options)
        header = client.receive().header
        if header["kind"] != "ready":
            raise FramepickError(header["error"])
        self.pid = header["pid"]

    def _end(self) -> None:
        with self._lock:
            self._is_closed = True
            if self._client:
                self._client.end()
