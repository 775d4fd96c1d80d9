"""Marks of use: who reads an entry, who adds frames to it, and that nobody removes it meanwhile.

They are SQLite's own locks on an empty database beside the entry: shared by those who read,
reserved by the one that adds frames, exclusive while the entry is removed. The system drops them
with their process, however that ends. The entry itself is locked for moments only, so that all
can read while one writes.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from framepick.cache.sqlite_file import (
    DamagedError,
    UnavailableError,
    connect,
    create,
    identity,
    sqlite_errors,
)

LOCK_SUFFIX = "-lock"
_PATIENCE_SECONDS = 1.0
"""Removing an entry takes less."""
_BESIDE = (f"{LOCK_SUFFIX}-journal", "-journal", "-wal", "-shm", "", LOCK_SUFFIX)
"""Files that belong to an entry, its lock last."""
_NOT_NOW = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY}


class UseMark:
    """Says that the entry in the file `path` is in use, until it is closed.

    Raises
    ------
    UnavailableError, DamagedError
        There is no space or permission to write the mark; the lock is no database.
    """

    def __init__(self, path: Path) -> None:
        self.is_writer = False
        """Whether frames may be added; at most one process may at a time."""
        lock = _lock(path)
        self._connection: sqlite3.Connection | None = None
        if not os.path.exists(lock) and not os.access(lock.parent, os.W_OK):
            return  # no other process can write there either
        create(lock)
        before = identity(lock)
        self._connection = _connected(lock)
        try:
            self.is_writer = _reserve(self._connection) or _share(self._connection)
            if identity(lock) != before:
                raise UnavailableError("removed meanwhile")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Take the mark away; harmless if it is gone."""
        if self._connection:
            with suppress(sqlite3.Error):
                self._connection.close()


def remove_unused(path: Path) -> bool:
    """Remove an entry unless someone uses it; tell whether it is gone."""
    try:
        identity(path)  # links and the like are not ours
        lock = _lock(path)
        create(lock)
        with closing(_connected(lock)) as connection:
            before = identity(lock)
            with sqlite_errors():
                connection.execute("PRAGMA busy_timeout = 0")
                connection.execute("BEGIN EXCLUSIVE")
            if identity(lock) != before:
                return False
            _remove_files(path)
    except DamagedError:  # of no use to any process
        with suppress(OSError):
            _remove_files(path)
    except (UnavailableError, OSError):
        return False
    return not os.path.exists(path)


def _connected(lock: Path) -> sqlite3.Connection:
    connection = connect(lock, _PATIENCE_SECONDS)
    with sqlite_errors():
        connection.execute("PRAGMA journal_mode = MEMORY")  # nothing is ever written
    return connection


def _reserve(connection: sqlite3.Connection) -> bool:
    """Lock against other writers, if there is none."""
    try:
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _NOT_NOW:
            return False
        with sqlite_errors():
            raise
    return True


def _share(connection: sqlite3.Connection) -> bool:
    """Lock against removal only."""
    with sqlite_errors():
        connection.execute(f"PRAGMA busy_timeout = {round(_PATIENCE_SECONDS * 1000)}")
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return False


def _lock(path: Path) -> Path:
    return path.with_name(path.name + LOCK_SUFFIX)


def _remove_files(path: Path) -> None:
    for suffix in _BESIDE:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
