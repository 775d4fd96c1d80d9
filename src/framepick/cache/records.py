"""Numbered records in one SQLite file, which several processes read while they may also write.

A record is a small JSON header and raw bytes. Each carries a checksum over all of it, its table
and number included, because SQLite does not notice damage within a page. There are no indices, so
that only the rows themselves matter.

The file has a rollback journal, not a write-ahead log: that works on network drives, needs no
write access to be read, and leaves one file behind. A commit waits for readers, for milliseconds,
as every reading is one record.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from framepick.cache.in_use import UseMark, remove_unused
from framepick.cache.sqlite_file import (
    DamagedError,
    UnavailableError,
    connect,
    create,
    identity,
    malformed_is_damage,
    may_write,
    sqlite_errors,
)

_MOST_BYTES = 1 << 28
"""Largest record: an index of ten hours at 60 frames a second is a seventh of it."""
_PATIENCE_SECONDS = 5.0


class Record(NamedTuple):
    """What is kept under one number."""

    header: dict[str, Any]
    payload: bytes


class RecordFile:
    """Tables of records in the file `path`, which is made where there is none.

    Parameters
    ----------
    path
        Path of the file, in a folder that exists.
    version
        Version of the format; a file of another version counts as damaged.
    tables
        Names of the tables.
    limit_bytes
        Largest size of the file.

    Raises
    ------
    UnavailableError, DamagedError
        The file cannot be used; raised by every method.
    """

    def __init__(self, path: Path, version: int, tables: Sequence[str], limit_bytes: int) -> None:
        self._path = path
        self._schema = {name: _table(name) for name in tables}
        self._connection: sqlite3.Connection | None = None
        self._mark = UseMark(path)
        try:
            create(path)
            identity(path)
            self._can_write = may_write(path)
            self._connection = connect(path, _PATIENCE_SECONDS)
            with sqlite_errors():
                self._prepare(version, limit_bytes)
        except BaseException:
            self.close()
            raise

    @property
    def is_writer(self) -> bool:
        """Whether nobody else adds frames while this is open."""
        return self._mark.is_writer and self._can_write

    def _prepare(self, version: int, limit_bytes: int) -> None:
        run = self._run
        if self._connection:
            self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
        run("PRAGMA trusted_schema = OFF")
        run("PRAGMA journal_mode = TRUNCATE")
        run("PRAGMA synchronous = NORMAL")
        (page_bytes,) = run("PRAGMA page_size").fetchone()
        run(f"PRAGMA max_page_count = {max(limit_bytes // page_bytes, 1)}")
        if self._found() == (0, {}):
            self._make(version)
        if self._found() != (version, self._schema):
            raise DamagedError("of another format")

    def _make(self, version: int) -> None:
        """Make the tables, unless another process was faster."""
        run = self._run
        run("BEGIN IMMEDIATE")
        try:
            if self._found() == (0, {}):
                for line in self._schema.values():
                    run(line)
                run(f"PRAGMA user_version = {version}")
            run("COMMIT")
        finally:
            self._roll_back()

    def _found(self) -> tuple[int, dict[str, str]]:
        """Format version and schema of the file."""
        (version,) = self._run("PRAGMA user_version").fetchone()
        return version, dict(self._run("SELECT name, sql FROM sqlite_schema"))

    def write(self, records: Iterable[tuple[str, int, Record]], drop: Sequence[str] = ()) -> None:
        """Empty the tables `drop`; keep records by table and number in place of others there.

        All of it is done or, also where an interrupt comes, nothing; nothing, too, where the file
        may only be read.
        """
        if not self._can_write:
            return
        with sqlite_errors():
            try:
                self._run("BEGIN IMMEDIATE")
                for table in drop:
                    self._run(f"DELETE FROM {table}")  # noqa: S608 - our own names
                for table, number, record in records:
                    line = f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?, ?)"  # noqa: S608
                    self._run(line, _row(table, number, record))
                self._run("COMMIT")
            finally:
                self._roll_back()

    def get(self, table: str, number: int) -> Record | None:
        """Read one record; None where there is none."""
        with sqlite_errors():
            line = f"SELECT * FROM {table} WHERE id = ?"  # noqa: S608
            row = self._run(line, (number,)).fetchone()
        return None if row is None else _record(table, row)

    def numbers(self, table: str) -> list[int]:
        """Numbers of all records of a table, rising."""
        with sqlite_errors():
            rows = self._run(f"SELECT id FROM {table} ORDER BY id").fetchall()  # noqa: S608
        return [number for (number,) in rows]

    def scan(self, table: str) -> Iterator[tuple[int, Record]]:
        """Read all records of a table from which none is ever removed, numbers rising."""
        for number in self.numbers(table):  # an unfinished SELECT would keep the file locked
            record = self.get(table, number)
            if record is None:
                raise DamagedError(f"{table} {number} is not where it should be")
            yield number, record

    def close(self) -> None:
        """Leave the file to others; harmless if it is closed."""
        with suppress(sqlite3.Error):
            if self._connection:
                self._connection.close()
        self._mark.close()

    def remove(self) -> None:
        """Close the file, and remove it unless others use it."""
        self.close()
        remove_unused(self._path)

    def _run(self, line: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        if self._connection is None:
            raise UnavailableError("closed")
        return self._connection.execute(line, values)

    def _roll_back(self) -> None:
        if self._connection and self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


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
    with malformed_is_damage():
        header = json.loads(text)
    if not isinstance(header, dict):
        raise DamagedError(f"{table} {number} has no header")
    return Record(header, payload)


def _check(table: str, number: int, text: bytes, payload: bytes) -> int:
    return crc32(payload, crc32(text, crc32(f"{table} {number} {len(text)} ".encode())))
