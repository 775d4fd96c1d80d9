"""Another stream of the camera, which stills are saved from: larger, and only kept meanwhile."""

from __future__ import annotations

from pathlib import Path
from threading import Event as Flag
from threading import Lock, Thread
from time import monotonic

from framepick.live.connection import Connection, Gone, Opened
from framepick.live.events import Event, EventKind, Tell
from framepick.sources.live.client import Clip

_PAUSE_SECONDS = 0.02
"""Between two looks at the stream, so that a clip has its turn."""


class SaveSource:
    """Keeps the recent past of a stream, in a thread of its own."""

    def __init__(self, connection: Connection, tell: Tell, start_seconds: float) -> None:
        self._connection, self._tell = connection, tell
        self._start = start_seconds
        self._lock = Lock()
        self._stop = Flag()
        self._thread = Thread(target=self._run, name="save source", daemon=True)
        self._thread.start()

    def clip(self, path: Path, start_seconds: float, end_seconds: float) -> Clip:
        """Write what is kept of a time to a file.

        Raises
        ------
        SourceError, OutputError
            As `Connection.clip`.
        """
        with self._lock:
            return self._connection.clip(path, start_seconds, end_seconds)

    def close(self) -> None:
        """End the capture process."""
        self._stop.set()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                answer = self._connection.next(False)
            match answer:
                case Opened():
                    self._say("opened", "the source to save from is open")
                case Gone(text, retry):
                    self._say("lost", f"the source to save from: {text}")
                    if retry is None:
                        return
            self._stop.wait(_PAUSE_SECONDS)

    def _say(self, kind: EventKind, text: str) -> None:
        self._tell(Event(kind, round(monotonic() - self._start, 3), text))
