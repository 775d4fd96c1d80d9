"""What has come of each file, kept so that a run that is killed loses nothing.

Each process that finishes files appends a line of JSON for each to a file of its own, and readers
take the union. So no file has two writers, and all that is needed of a file system is that one
process can append. The line of a writer that was killed may be torn: it has no end, and is left
out. Of several lines on one file the newest counts. `LedgerFiles` are such files, in a folder here
or as objects in a store.
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from threading import Lock
from typing import Any, Literal, Protocol, Self

from framepick.errors import OutputError, reason_of
from framepick.files import cannot_write
from framepick.owner import new_owner

FOLDER_NAME = ".framepick-batch"
"""The ledger's folder, in the folder of results."""
LEDGER_SUFFIX = ".jsonl"

State = Literal["ok", "partial", "failed", "skipped"]
STATES: tuple[State, ...] = ("ok", "partial", "failed", "skipped")


@dataclass(frozen=True, slots=True)
class Version:
    """What a result depends on: a file as it is, the settings and the encoder."""

    size: int
    """Bytes of the file; -1 where it cannot be looked at."""
    mtime_ns: int
    config: str
    """`config_hash` of the settings."""
    encoder: str
    etag: str = ""
    """Names the content of an object in a store; '' if the store has none, or it is a file."""


@dataclass(frozen=True, slots=True)
class Record:
    """What came of one file."""

    key: str
    """The path of the file relative to the folder of results, as `source_identity` gives it."""
    state: State
    version: Version
    at_ns: int = 0
    """When it was finished, in nanoseconds since the epoch."""
    fingerprint: str = ""
    """Names the content; '' where it could not be read."""
    reason: str = ""
    """Why it failed or was skipped, and what is damaged where it is partial."""
    folder: str = ""
    """Name of the result's folder in the folder of results; '' where there is no result."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What pages and tables say of the result."""

    @property
    def has_result(self) -> bool:
        """Whether there are picks."""
        return self.state in ("ok", "partial")

    def line(self) -> bytes:
        """Give the record as one line of JSON."""
        return json.dumps(asdict(self), separators=(",", ":")).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> Self | None:
        """Undo `line`; None if it is none, or one of another version that cannot be read."""
        try:
            values = json.loads(line)
            known = {one.name: values[one.name] for one in fields(cls) if one.name in values}
            record = cls(**{**known, "version": Version(**values["version"])})
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        return record if record.state in STATES and isinstance(record.key, str) else None


def whole_lines(content: bytes) -> tuple[list[bytes], int]:
    """Split what was read of a ledger file; the second value counts the bytes of whole lines."""
    end = content.rfind(b"\n") + 1
    return content[:end].splitlines(), end


class LedgerFiles(Protocol):
    """The files of a ledger, which all only grow; those of a writer are written by `append`.

    All methods raise `OSError`, or `StoreError` where they are in a store.
    """

    @property
    def place(self) -> str:
        """Where they are, for messages."""
        ...

    def sizes(self) -> Iterable[tuple[str, int]]:
        """Give the names of all files, with their bytes."""
        ...

    def read(self, name: str, start: int) -> bytes:
        """Read a file from the byte `start` on."""
        ...

    def append(self, line: bytes) -> None:
        """Write a line to a file of this writer, whole or not at all."""
        ...


class Ledger:
    """Reads the union of all `files`; records from before `since_ns` are left out."""

    def __init__(self, files: LedgerFiles, since_ns: int = 0) -> None:
        self._files = files
        self._since_ns = since_ns
        self._read: dict[str, int] = {}
        self._newest: dict[str, Record] = {}

    def records(self) -> Mapping[str, Record]:
        """Read what is new, and give the newest record of each key.

        Raises
        ------
        OutputError, StoreError
            The ledger cannot be read.
        """
        place = self._files.place
        try:
            for name, size in self._files.sizes():
                if size > self._read.get(name, 0):
                    self._read_on(name)
        except OSError as error:
            raise OutputError(f"{place}: the ledger cannot be read ({reason_of(error)})") from error
        return self._newest

    def _read_on(self, name: str) -> None:
        start = self._read.get(name, 0)
        lines, length = whole_lines(self._files.read(name, start))
        self._read[name] = start + length
        for record in filter(None, map(Record.parse, lines)):
            self._take(record)

    def _take(self, record: Record) -> None:
        known = self._newest.get(record.key)
        is_newer = known is None or record.at_ns >= known.at_ns
        if is_newer and record.at_ns >= self._since_ns:
            self._newest[record.key] = record


class LedgerWriter:
    """Appends records, from any thread."""

    def __init__(self, files: LedgerFiles) -> None:
        self._files = files
        self._lock = Lock()

    def append(self, record: Record) -> None:
        """Write a record, whole or not at all.

        Raises
        ------
        OutputError, StoreError
            It cannot be written.
        """
        with self._lock:
            try:
                self._files.append(record.line())
            except OSError as error:
                raise cannot_write(Path(self._files.place), error) from error


class LedgerFolder:
    """Files in a folder: one for each writer, which is made with its first line."""

    def __init__(self, out: Path) -> None:
        self._folder = out / FOLDER_NAME
        self._own = self._folder / f"{writer_name()}{LEDGER_SUFFIX}"

    @property
    def place(self) -> str:
        """The folder."""
        return str(self._folder)

    def sizes(self) -> Iterator[tuple[str, int]]:
        """Give the names of all files, with their bytes."""
        with suppress(FileNotFoundError), os.scandir(self._folder) as inside:
            for one in inside:
                if one.name.endswith(LEDGER_SUFFIX):
                    # the entry's own facts may be old on a network drive
                    yield one.name, os.stat(self._folder / one.name).st_size

    def read(self, name: str, start: int) -> bytes:
        """Read a file from the byte `start` on."""
        with (self._folder / name).open("rb") as file:
            file.seek(start)
            return file.read()

    def append(self, line: bytes) -> None:
        """Append a line; what could be written of it in part is taken back."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with open(self._own, "ab", buffering=0) as file:
            before = file.tell()
            try:
                if file.write(line) != len(line):
                    raise OutputError(f"{self._own}: cannot be written whole; free some space")
            except BaseException:
                file.truncate(before)
                raise


def writer_name() -> str:
    """Name a new writer, unlike all others on all machines."""
    host = re.sub("[^A-Za-z0-9-]", "_", socket.gethostname())[:60]
    return f"{host}-{new_owner().token}"
