"""Locks for one writer at a time, which name their holder and end with its process.

The lock of NAME is the folder .NAME.lock beside it, with one file, named by its owner. It is made
under another name and renamed, which fails where there is one already. A dead owner's is taken
over by renaming that file, which only one process can do. So all it needs of a file system is
atomic renaming, which network drives have.

An owner on this machine is dead if its process has ended. One on another machine touches its file
every second, and is dead if it has not for some seconds.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

from framepick.errors import OutputError
from framepick.files import LOCK_SUFFIX, cannot_write, partial_path, remove_partials
from framepick.owner import Owner, new_owner, this_process

BEAT_SECONDS = 1.0
SILENT_SECONDS = 4.0
"""An owner on another machine that has not touched its lock for so long is dead."""
_WATCH_SECONDS = 0.1
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock."""

    owner: Owner
    host: str = "an unknown host"
    since: str = "some time ago"
    facts: Mapping[str, str] = field(default_factory=dict)
    """What it recorded about its work."""

    def __str__(self) -> str:
        return f"process {self.owner.pid} on {self.host}, since {self.since}"


class Lock:
    """The lock of `path`, a file or folder that need not exist. `facts` describe the work.

    Raises
    ------
    OutputError
        The lock cannot be written; so do all methods.
    """

    def __init__(self, path: Path, facts: Mapping[str, str]) -> None:
        self._folder = _lock_folder(path)
        self._owner = new_owner()
        self._mine = self._folder / self._owner.token
        self._facts = dict(facts)
        self._made: list[Path] = []
        self._stop = Event()
        self._beats: Thread | None = None

    def acquire(self) -> bool:
        """Take the lock if it is free or its owner is dead; give whether that succeeded."""
        try:
            self._make_parents()
            taken = self._create() or self._take_over()
        except OSError as error:
            self._remove_parents()
            raise cannot_write(self._folder.parent, error) from error
        if taken:
            remove_partials(self._folder, lambda owner: owner.is_gone() is True)
            self._beats = Thread(target=self._beat, name="framepick-lock", daemon=True)
            self._beats.start()
        return taken

    def release(self) -> None:
        """Give the lock back; harmless if it was lost."""
        self._stop.set()
        if self._beats:
            self._beats.join()
        with suppress(OSError):
            self._mine.unlink()
            self._folder.rmdir()
        self._remove_parents()

    def _create(self) -> bool:
        new = partial_path(self._folder, self._owner)
        for attempt in range(_ATTEMPTS):
            try:
                new.mkdir()
                break
            except FileNotFoundError:  # another run has just removed the empty folder
                if attempt + 1 == _ATTEMPTS:
                    raise
                self._make_parents()
        try:
            self._describe(new / self._owner.token)
            with suppress(OSError):  # what is left of a lock that was being released
                self._folder.rmdir()
            os.rename(new, self._folder)
            return True
        except OSError:
            if not self._folder.is_dir():
                raise
            return False
        finally:
            shutil.rmtree(new, ignore_errors=True)

    def _take_over(self) -> bool:
        owners = _owners(self._folder)
        if not owners and _is_filled(self._folder):
            raise OutputError(f"{self._folder}: is no lock of framepick; remove it")
        for owner in owners:
            if _is_dead(self._folder, owner):
                with suppress(FileNotFoundError):  # another process was faster
                    os.rename(self._folder / owner.token, self._mine)
                    self._describe(self._mine)
                    return True
        return False

    def _describe(self, path: Path) -> None:
        since = datetime.now().astimezone().isoformat(" ", "seconds")
        about = {"owner": self._owner.token, "host": socket.gethostname(), "since": since}
        path.write_text(json.dumps({**about, "facts": self._facts}), encoding="utf-8")

    def _beat(self) -> None:
        while not self._stop.wait(BEAT_SECONDS):
            with suppress(OSError):
                os.utime(self._mine)

    def _make_parents(self) -> None:
        parent = self._folder.parent
        missing = [one for one in (parent, *parent.parents) if not one.exists()]
        parent.mkdir(parents=True, exist_ok=True)
        self._made = missing or self._made

    def _remove_parents(self) -> None:
        """Remove the folders that were made for the lock and that nothing was written to."""
        with suppress(OSError):
            for folder in self._made:
                folder.rmdir()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Have `path` to oneself, after waiting for others that have it.

    Raises
    ------
    OutputError
        The lock cannot be written.
    """
    lock = Lock(path, {})
    while not lock.acquire():
        sleep(_WATCH_SECONDS)
    try:
        yield
    finally:
        lock.release()


def holder_of(path: Path) -> Holder | None:
    """Give the holder of the lock of `path`; None if there is none that is alive.

    If that is on another machine, this waits for a sign of life, for `SILENT_SECONDS` at most.
    """
    folder = _lock_folder(path)
    for owner in _owners(folder):
        if not _is_dead(folder, owner) and (holder := _read(folder / owner.token, owner)):
            return holder
    return None


def release_dead(folder: Path) -> None:
    """Remove the locks of what lies directly in `folder` whose owners have ended."""
    with suppress(OSError):
        for name in os.listdir(folder):
            if name.startswith(".") and name.endswith(LOCK_SUFFIX) and _owners(folder / name):
                lock = Lock(folder / name[1 : -len(LOCK_SUFFIX)], {})
                with suppress(OutputError):
                    if lock.acquire():
                        lock.release()


def check_not_lost(path: Path) -> None:
    """Make sure that no other process has taken the lock of `path` over.

    Raises
    ------
    OutputError
        One has: this process did not run for some seconds.
    """
    for owner in _owners(_lock_folder(path)):
        if owner.process != this_process():
            holder = _read(_lock_folder(path) / owner.token, owner)
            raise OutputError(f"{path}: was taken over by another run ({holder or owner.pid})")


def _lock_folder(path: Path) -> Path:
    return path.with_name(f".{path.name}{LOCK_SUFFIX}")


def _owners(folder: Path) -> list[Owner]:
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return [owner for owner in map(Owner.parse, names) if owner]


def _is_filled(folder: Path) -> bool:
    try:
        return bool(os.listdir(folder))
    except OSError:
        return False


def _is_dead(folder: Path, owner: Owner) -> bool:
    is_gone = owner.is_gone()
    return _is_silent(folder / owner.token) if is_gone is None else is_gone


def _is_silent(path: Path) -> bool:
    """Whether an owner on another machine gives no sign of life."""
    first, end = _touched(path), monotonic() + SILENT_SECONDS
    while monotonic() < end:
        if first is None or _touched(path) != first:
            return False
        sleep(_WATCH_SECONDS)
    return True


def _touched(path: Path) -> int | None:
    """When a file was touched; opening it makes network drives look again."""
    try:
        with path.open("rb") as file:
            return os.fstat(file.fileno()).st_mtime_ns
    except OSError:
        return None


def _read(path: Path, owner: Owner) -> Holder | None:
    """What the holder recorded about itself; None if it has released the lock."""
    for _ in range(_ATTEMPTS):
        try:
            found: Any = json.loads(path.read_text(encoding="utf-8"))
            if found["owner"] == owner.token:
                facts = {str(name): str(value) for name, value in found["facts"].items()}
                return Holder(owner, str(found["host"]), str(found["since"]), facts)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            pass
        sleep(_WATCH_SECONDS)  # it is being written
    return Holder(owner)
