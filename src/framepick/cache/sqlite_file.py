"""SQLite files that other processes use, or damage: two errors tell all that can happen."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_OUTSIDE = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
"""Errors that tell of the world around a file and not of what it holds."""


class UnavailableError(Exception):
    """The file cannot be used now: another process has it, the disk is full, rights are missing."""


class DamagedError(Exception):
    """The file does not hold what was written, or is of another format."""


@contextmanager
def sqlite_errors() -> Iterator[None]:
    """Let no other errors out than `UnavailableError` and `DamagedError`."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)  # None: it is closed
        is_moved = code == sqlite3.SQLITE_READONLY_DBMOVED
        if code is None or is_moved or code & 0xFF in _OUTSIDE:
            raise UnavailableError(str(error)) from error
        raise DamagedError(str(error)) from error
    except UnicodeDecodeError as error:  # a message that names what it found in the file
        raise DamagedError("text that is not UTF-8") from error
    except (OSError, MemoryError) as error:
        raise UnavailableError(str(error)) from error


@contextmanager
def malformed_is_damage() -> Iterator[None]:
    """Take whatever does not read as it should for damage."""
    try:
        yield
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        raise DamagedError(str(error)) from error


def create(path: Path) -> None:
    """Make an empty file that only its user may read, where there is none."""
    # a file that is there is never opened: closing it would drop SQLite's locks in this process
    with sqlite_errors(), suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))


def connect(path: Path, patience_seconds: float) -> sqlite3.Connection:
    """Open a database; what finds it locked tries again for `patience_seconds`."""
    with sqlite_errors():
        return sqlite3.connect(
            path, patience_seconds, isolation_level=None, check_same_thread=False
        )


def identity(path: Path) -> tuple[int, int]:
    """Device and number of a regular file, which tell whether a name still means the same file.

    Raises
    ------
    UnavailableError
        There is none; a symbolic link is none.
    """
    with sqlite_errors():
        found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise UnavailableError("not a regular file")
    return found.st_dev, found.st_ino


def may_write(path: Path) -> bool:
    """Whether a database may be written: the file, and the journal beside it."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
