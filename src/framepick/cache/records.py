"""Numbered records in one SQLite file, which is ours alone while it is open.

A record is a small JSON header and raw bytes. Each carries a checksum over all of it, its table
and number included, because SQLite does not notice damage within a page. There are no indices, so
that nothing but the rows themselves is believed.
"""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

_MOST_BYTES = 1 << 28
"""Of one record: an index of ten hours at 60 frames a second is a seventh of it."""
_BESIDE = ("-journal", "-wal", "-shm", "")
"""Files that belong to a database, itself last."""
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


class Record(NamedTuple):
    """What is kept under one number."""

    header: dict[str, Any]
    payload: bytes


class Records:
    """Tables of records in the file `path`, which is made where there is none.

    Parameters
    ----------
    path
        In a folder that exists.
    form
        Number of the format; a file with another is damaged.
    tables
        Their names.
    limit_bytes
        What the file may grow to.

    Raises
    ------
    UnavailableError, DamagedError
        So do all methods.
    """

    def __init__(self, path: Path, form: int, tables: Sequence[str], limit_bytes: int) -> None:
        self._path = path
        self._schema = {name: _table(name) for name in tables}
        with translated(), suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        self._connection = locked(path)
        try:
            with translated():
                self._prepare(form, limit_bytes)
        except BaseException:
            self.close()
            raise

    def _prepare(self, form: int, limit_bytes: int) -> None:
        run = self._connection.execute
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
        run("PRAGMA trusted_schema = OFF")
        run("PRAGMA journal_mode = TRUNCATE")
        run("PRAGMA synchronous = NORMAL")
        (page_bytes,) = run("PRAGMA page_size").fetchone()
        run(f"PRAGMA max_page_count = {max(limit_bytes // page_bytes, 1)}")
        if self._found() == (0, {}):
            run("BEGIN")
            for line in self._schema.values():
                run(line)
            run(f"PRAGMA user_version = {form}")
            run("COMMIT")
        if self._found() != (form, self._schema):
            raise DamagedError("of another format")

    def _found(self) -> tuple[int, dict[str, str]]:
        """Format number and schema of the file."""
        (form,) = self._connection.execute("PRAGMA user_version").fetchone()
        return form, dict(self._connection.execute("SELECT name, sql FROM sqlite_schema"))

    def write(self, records: Iterable[tuple[str, int, Record]], drop: Sequence[str] = ()) -> None:
        """Empty the tables `drop`; keep records by table and number in place of others there.

        All of it is done or, also where an interrupt comes, nothing.
        """
        run = self._connection.execute
        with translated():
            try:
                run("BEGIN")
                for table in drop:
                    run(f"DELETE FROM {table}")  # noqa: S608 - our own names
                for table, number, record in records:
                    line = f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?, ?)"  # noqa: S608
                    run(line, _row(table, number, record))
                run("COMMIT")
            finally:
                if self._connection.in_transaction:
                    run("ROLLBACK")

    def get(self, table: str, number: int) -> Record | None:
        """Read one record; None where there is none."""
        with translated():
            row = self._connection.execute(
                f"SELECT * FROM {table} WHERE id = ?",  # noqa: S608
                (number,),
            ).fetchone()
        return None if row is None else _record(table, row)

    def scan(self, table: str) -> Iterator[tuple[int, Record]]:
        """Read all records of a table, numbers rising."""
        with translated():  # numbers first: an unfinished SELECT would keep the file locked
            numbers = self._connection.execute(f"SELECT id FROM {table} ORDER BY id").fetchall()  # noqa: S608
        for (number,) in numbers:
            record = self.get(table, number)
            if record is None:
                raise DamagedError(f"{table} {number} is not where it should be")
            yield number, record

    def close(self) -> None:
        """Let others use the file; harmless if it is closed."""
        with suppress(sqlite3.Error):
            self._connection.close()

    def remove(self) -> None:
        """Close, and remove the file."""
        with closing(self), suppress(OSError):
            remove_files(self._path)


@contextmanager
def believed() -> Iterator[None]:
    """Take whatever does not read as it should for damage."""
    try:
        yield
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        raise DamagedError(str(error)) from error


@contextmanager
def translated() -> Iterator[None]:
    """Let nothing but our own two errors out."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)  # None: it is closed
        is_moved = code == sqlite3.SQLITE_READONLY_DBMOVED
        if code is None or is_moved or code & 0xFF in _OUTSIDE:
            raise UnavailableError(str(error)) from error
        raise DamagedError(str(error)) from error
    except (OSError, MemoryError) as error:
        raise UnavailableError(str(error)) from error


def locked(path: Path) -> sqlite3.Connection:
    """Open a database that is there, so that no other process, nor this one, can meanwhile.

    Raises
    ------
    UnavailableError, DamagedError
        It is in use, or is a symbolic link or the like; it is no database.
    """
    with translated():
        before = _identity(path)
        connection = sqlite3.connect(path, 0, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
            # another process may have removed it, or put another in its place, before the lock
            if _identity(path) != before:
                raise UnavailableError("replaced meanwhile")
        except BaseException:
            connection.close()
            raise
    return connection


def remove_files(path: Path) -> None:
    """Remove a database and what SQLite left beside it.

    Raises
    ------
    OSError
        Something stays.
    """
    for suffix in _BESIDE:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def remove_unused(path: Path) -> bool:
    """Remove a database unless someone uses it; tell whether it is gone."""
    try:
        with closing(locked(path)):
            remove_files(path)
    except DamagedError:  # nobody can use it
        with suppress(OSError):
            remove_files(path)
    except (UnavailableError, OSError):
        return False
    return not path.exists()


def _identity(path: Path) -> tuple[int, int]:
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise UnavailableError("not a regular file")
    return found.st_dev, found.st_ino


def _table(name: str) -> str:
    columns = "id INTEGER PRIMARY KEY, header BLOB, payload BLOB, crc INTEGER"
    return f"CREATE TABLE {name} ({columns})"


def _row(table: str, number: int, record: Record) -> tuple[int, bytes, bytes, int]:
    text = json.dumps(record.header).encode()
    if len(text) + len(record.payload) > _MOST_BYTES // 2:
        raise UnavailableError("too large to be kept")
    return number, text, record.payload, _check(table, number, text, record.payload)


def _record(table: str, row: tuple[Any, ...]) -> Record:
    number, text, payload, check = row
    if not (isinstance(text, bytes) and isinstance(payload, bytes)):
        raise DamagedError(f"{table} {number} is of the wrong type")
    if check != _check(table, number, text, payload):
        raise DamagedError(f"{table} {number} has another checksum")
    with believed():
        header = json.loads(text)
    if not isinstance(header, dict):
        raise DamagedError(f"{table} {number} has no header")
    return Record(header, payload)


def _check(table: str, number: int, text: bytes, payload: bytes) -> int:
    return crc32(payload, crc32(text, crc32(f"{table} {number} {len(text)} ".encode())))
