"""Browser sessions: what each has open, and when it ends."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic
from typing import Protocol

from framepick.app.uploads import remove

_LOOK_SECONDS = 2.0


class Closable(Protocol):
    """What ends with a session."""

    def close(self) -> None: ...


@dataclass(slots=True, eq=False)
class Visit:
    """One browser session."""

    session_id: str
    """As the server of the pages names it."""
    folder: Path
    """Private and temporary, for uploads and results to be downloaded."""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    """Stands in addresses; nobody else can guess it."""
    open: dict[str, Closable] = field(default_factory=dict)
    """What is open, by the name of its page."""
    gone_since: float | None = None

    def new_folder(self) -> Path:
        """Make a folder for results that are downloaded."""
        folder = self.folder / secrets.token_hex(8)
        folder.mkdir(mode=0o700)
        return folder

    def replace(self, name: str, opened: Closable | None) -> None:
        """Close what is open under a name, and open something else."""
        if before := self.open.pop(name, None):
            before.close()
        if opened is not None:
            self.open[name] = opened

    def close(self) -> None:
        """End what is open and remove the folder."""
        for name in list(self.open):
            self.replace(name, None)
        remove(self.folder)


class Visits:
    """All browser sessions of a server.

    Parameters
    ----------
    new_folder
        Makes a private temporary folder.
    is_connected
        Whether a session, by its id, has a browser at its other end.
    grace_seconds
        How long a session waits for its browser to come back.
    """

    def __init__(
        self,
        new_folder: Callable[[], Path],
        is_connected: Callable[[str], bool],
        grace_seconds: float,
    ) -> None:
        self._new_folder, self._is_connected = new_folder, is_connected
        self._grace_seconds = grace_seconds
        self._lock = Lock()
        self._visits: dict[str, Visit] = {}
        self._ended = Event()

    def begin(self, session_id: str) -> Visit:
        """Begin a session."""
        visit = Visit(session_id, self._new_folder())
        with self._lock:
            self._visits[visit.token] = visit
        return visit

    def get(self, token: str) -> Visit | None:
        """Give the session of a token, None if there is none."""
        with self._lock:
            return self._visits.get(token)

    def watch(self, then: Callable[[], None]) -> None:
        """From now on end sessions whose browser is gone, in a thread of its own, `then` tidy."""

        def look() -> None:
            while not self._ended.wait(_LOOK_SECONDS):
                self.end_gone()
                then()

        Thread(target=look, name="visits", daemon=True).start()

    def end_gone(self) -> None:
        """End the sessions whose browser is gone for so long that it will not come back."""
        now = monotonic()
        for visit in self._all():
            if self._is_connected(visit.session_id):
                visit.gone_since = None
            elif visit.gone_since is None:
                visit.gone_since = now
            elif now - visit.gone_since >= self._grace_seconds:
                self._end(visit)

    def close(self) -> None:
        """End all sessions."""
        self._ended.set()
        for visit in self._all():
            self._end(visit)

    def _all(self) -> list[Visit]:
        with self._lock:
            return list(self._visits.values())

    def _end(self, visit: Visit) -> None:
        with self._lock:
            self._visits.pop(visit.token, None)
        visit.close()
