"""Claims on results in an object store, so that each is made by one process at a time.

All that is needed of a store is that an object can be created where there is none, which only one
process can do. The claim on NAME is the object NAME.1 that tells who holds it. Its holder writes it
again every few seconds. Where it has not for some time, or its process on this machine has ended,
another process creates NAME.2, and holds the claim from then on. The highest number counts.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic

from framepick.errors import StoreError
from framepick.outputs.result_folders import ResultBusy
from framepick.owner import Owner, new_owner
from framepick.stores import Store
from framepick.urls import UrlFile

BEAT_SECONDS = 5.0
SILENT_SECONDS = 20.0
"""A holder on another machine that has not written its claim again for so long is dead."""

Check = Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Held:
    """One object of a claim."""

    number: int
    file: UrlFile


class Claims:
    """Claims that are kept in the folder `url`."""

    def __init__(self, store: Store, url: str) -> None:
        self._store = store
        self._url = url
        self._seen: dict[UrlFile, tuple[tuple[int, str], float]] = {}
        """What was seen of claims of others, and when that was first seen."""

    @contextmanager
    def held(self, name: str) -> Iterator[Check]:
        """Hold the claim on `name`; what is yielded makes sure that it was not taken over.

        Raises
        ------
        ResultBusy
            Another process holds it, or has taken it over.
        """
        owner = new_owner()
        mine = self._take(name, owner)
        stop = Event()
        beats = Thread(target=self._beat, args=(mine, owner, stop), daemon=True)
        beats.start()
        try:
            yield lambda: self._check(name, mine)
        finally:
            stop.set()
            beats.join()
            with suppress(OSError, StoreError):  # others take it over once it is silent
                self._store.remove([mine])

    def clear_up(self) -> None:
        """Remove the claims of processes of this machine that have ended."""
        claims = self._store.files_below(self._url)
        gone = [one.url for one in claims if self._is_gone(one)]
        self._store.remove(gone)

    def _take(self, name: str, owner: Owner) -> str:
        newest = self._newest(name)
        if newest and not self._is_dead(newest.file):
            raise ResultBusy(f"{self._url}/{name}: is being made by another run")
        number = newest.number + 1 if newest else 1
        mine = f"{self._url}/{name}.{number}"
        is_mine = self._store.create(mine, _content(owner, 0)) or self._is_of(mine, owner)
        # a process that looked before another one took the claim over creates a lower number
        now = self._newest(name) if is_mine else None
        if not is_mine or (now and now.number > number):
            self._store.remove([mine] if is_mine else [])
            raise ResultBusy(f"{self._url}/{name}: is being made by another run")
        self._store.remove([newest.file.url] if newest else [])
        return mine

    def _check(self, name: str, mine: str) -> None:
        newest = self._newest(name)
        if newest is None or newest.file.url != mine:
            raise ResultBusy(f"{self._url}/{name}: was taken over by another run")

    def _newest(self, name: str) -> _Held | None:
        found = []
        for file in self._store.files_below(self._url):
            start, _, number = file.name.rpartition(".")
            if start == name and number.isdecimal():
                found.append(_Held(int(number), file))
        return max(found, key=lambda one: one.number, default=None)

    def _beat(self, mine: str, owner: Owner, stop: Event) -> None:
        count = 0
        while not stop.wait(BEAT_SECONDS):
            count += 1
            with suppress(OSError, StoreError):  # the next one may succeed
                self._store.write(mine, _content(owner, count))

    def _is_dead(self, file: UrlFile) -> bool:
        return self._is_gone(file) or self._is_silent(file)

    def _is_gone(self, file: UrlFile) -> bool:
        owner = self._owner_of(file)
        return owner is not None and owner.is_gone() is True

    def _is_silent(self, file: UrlFile) -> bool:
        """Tell whether a claim has stayed the same since it was first looked at long ago."""
        now = (file.mtime_ns, file.etag)
        before, since = self._seen.get(file, (None, 0.0))
        if before != now:
            self._seen[file] = (now, monotonic())
            return False
        return monotonic() - since > SILENT_SECONDS

    def _owner_of(self, file: UrlFile) -> Owner | None:
        try:
            return Owner.parse(json.loads(self._store.read(file.url))["owner"])
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def _is_of(self, url: str, owner: Owner) -> bool:
        """Tell whether a request was sent twice, and its first answer lost."""
        return self._owner_of(UrlFile(url)) == owner


def _content(owner: Owner, count: int) -> bytes:
    about = {"owner": owner.token, "host": socket.gethostname(), "pid": owner.pid, "beat": count}
    return json.dumps(about).encode()
