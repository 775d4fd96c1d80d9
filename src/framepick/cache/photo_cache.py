"""Keeps what was measured of photos, by their content and encoder, in one file for each encoder.

A file whose path, size and time of last change are known is taken to have the content that it had;
others are read and recognised by their fingerprint, also where they were moved or copied. As with
videos, no run depends on the cache: what goes wrong with its file turns it off.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, Self

from framepick.cache.fingerprint import fingerprint
from framepick.cache.in_use import remove_unused
from framepick.cache.photo_records import facts_record, read_facts
from framepick.cache.records import Record, RecordFile
from framepick.cache.sqlite_file import DamagedError, UnavailableError, malformed_is_damage
from framepick.collection import THUMBNAIL_SIDES, PhotoFacts
from framepick.errors import SourceError, reason_of

FORMAT_VERSION = 3
"""Raised whenever something kept changes its meaning. Files of other versions are forgotten."""
_FILES, _FACTS = "files", "facts"
_THUMBNAILS = tuple(f"thumbnails{side}" for side in THUMBNAIL_SIDES)
_WRITTEN_TOGETHER = 256
"""States of files that wait to be written, at most."""


class MeasuredPhoto(NamedTuple):
    """What is kept of one photo."""

    facts: PhotoFacts
    thumbnails: tuple[bytes, ...]
    """Small pictures of the sides that `THUMBNAIL_SIDES` has."""


class PhotoCache:
    """The photos measured with one encoder. Use it in a `with` statement, from one thread."""

    def __init__(self, records: RecordFile | None, when_closed: Callable[[], None]) -> None:
        self._records = records
        self._when_closed = when_closed
        self._new_files: dict[tuple[str, str], Record] = {}

    @classmethod
    def open(
        cls, path: Path, limit_bytes: int, when_closed: Callable[[], None] = lambda: None
    ) -> Self:
        """Open the file `path`, empty where there is none; it is off if it cannot be used."""
        for _ in range(2):  # the second time, a damaged file is gone
            try:
                tables = (_FILES, _FACTS, *_THUMBNAILS)
                return cls(RecordFile(path, FORMAT_VERSION, tables, limit_bytes), when_closed)
            except DamagedError:
                remove_unused(path)
            except UnavailableError:
                break
        return cls(None, when_closed)

    @classmethod
    def off(cls) -> Self:
        """Give one that keeps nothing."""
        return cls(None, lambda: None)

    @property
    def is_on(self) -> bool:
        """False once something went wrong, and after closing."""
        return self._records is not None

    def fingerprint_of(self, path: Path) -> str:
        """Name the content of a file; it is read only if its size or its time are not known.

        Raises
        ------
        SourceError
            There is no such file, it is not a regular one, or it cannot be read.
        """
        try:
            found = path.stat()
        except (OSError, ValueError) as error:
            raise SourceError(f"{path}: {_missing(error)}") from error
        place = _digest(os.path.abspath(path))
        state = {"path": place, "size": found.st_size, "mtime_ns": found.st_mtime_ns}
        known = self._new_files.get((_FILES, place)) or self._get(_FILES, place)
        if known and state.items() <= known.header.items():
            return str(known.header.get("content"))
        content = fingerprint(path)
        self._new_files[_FILES, place] = Record({**state, "content": content}, b"")
        if len(self._new_files) >= _WRITTEN_TOGETHER:
            self.keep({})
        return content

    def facts(self, content: str) -> PhotoFacts | None:
        """What was measured of the photo with the fingerprint `content`, if it is kept."""
        record = self._get(_FACTS, content)
        with self._quietly(), malformed_is_damage():
            if record and record.header["content"] == content:
                return read_facts(record)
        return None

    def thumbnail(self, content: str, place: int) -> bytes | None:
        """The small picture of a photo, if it is kept; `place` is that in `THUMBNAIL_SIDES`."""
        record = self._get(_THUMBNAILS[place], content)
        return record.payload if record and record.header.get("content") == content else None

    def keep(self, photos: Mapping[str, MeasuredPhoto]) -> None:
        """Keep photos by their fingerprints."""
        records, self._new_files = self._new_files, {}
        for content, (facts, thumbnails) in photos.items():
            records[_FACTS, content] = facts_record(facts, content)
            for table, thumbnail in zip(_THUMBNAILS, thumbnails, strict=True):
                records[table, content] = Record({"content": content}, thumbnail)
        self._write(records)

    def close(self) -> None:
        """Leave the file to others; harmless if it is closed."""
        if self._new_files:
            self.keep({})
        if self._records:
            self._records.close()
            self._records = None
            self._when_closed()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _get(self, table: str, name: str) -> Record | None:
        with self._quietly():
            return self._records.get(table, _number(name)) if self._records else None
        return None

    def _write(self, records: Mapping[tuple[str, str], Record]) -> None:
        with self._quietly():
            if self._records:
                rows = [(table, _number(name), one) for (table, name), one in records.items()]
                self._records.write(rows)

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Turn the cache off on any error."""
        try:
            yield
        except DamagedError:
            if self._records:
                self._records.remove()
            self._records = None
        except UnavailableError:
            if self._records:
                self._records.close()
            self._records = None


def _digest(text: str) -> str:
    return blake2b(os.fsencode(text), digest_size=20).hexdigest()


def _number(name: str) -> int:
    """Number of a record: 63 bits of a digest; who reads it checks that it is the right one."""
    return int(name[:16], 16) >> 1


def _missing(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "does not exist"
    return f"cannot be read ({reason_of(error) if isinstance(error, OSError) else error})"
