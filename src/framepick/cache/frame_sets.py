"""The frames of a video that are kept, all of them or some, as groups written together."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, Self, get_args

import numpy as np

from framepick.cache.records import Record, RecordFile
from framepick.cache.rows import FrameRows, columns_of, read_rows, row_type
from framepick.cache.sqlite_file import DamagedError, malformed_is_damage

SetKind = Literal["complete", "partial"]
"""All frames, decoded in order, or some of them; also the names of their tables."""
KINDS: tuple[SetKind, ...] = get_args(SetKind)
WRITE_SECONDS = 2.0
"""Frames wait so long to be written, or until so many batches wait:"""
WRITE_BATCHES = 64
_HEAD = 0  # its record; the rows come after
_MOST = 1 << 62
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class FrameSet:
    """What is known of a set of frames, without the frames."""

    kind: SetKind
    time_base: Fraction
    columns: tuple[int, int] = (0, 0)
    """Numbers of columns of the aesthetic and the content vector; 0 before the first frame."""
    group_count: int = 0
    row_count: int = 0
    error_count: int = 0
    has_fields: bool = False
    is_finished: bool = False

    @property
    def is_usable(self) -> bool:
        """True if there are frames, and, where they are to be all of the video, none is missing."""
        return self.row_count > 0 and (self.is_finished or self.kind == "partial")

    @property
    def layout(self) -> np.dtype[Any]:
        """Type of its rows."""
        return row_type(*self.columns)

    def with_rows(self, rows: int) -> Self:
        """The same with one more group of so many rows."""
        return replace(self, group_count=self.group_count + 1, row_count=self.row_count + rows)

    def header(self) -> dict[str, Any]:
        """The same as JSON.

        The layout is spelt out because it changes with the version and the machine.
        """
        return {
            "time_base": [self.time_base.numerator, self.time_base.denominator],
            "columns": list(self.columns),
            "layout": str(self.layout.descr) if self.row_count else "",
            "counts": [self.group_count, self.row_count, self.error_count],
            "has_fields": self.has_fields,
            "is_finished": self.is_finished,
        }

    @classmethod
    def read(cls, kind: SetKind, header: Mapping[str, Any]) -> Self:
        """Make a set of what `header` gave.

        Raises
        ------
        ValueError, TypeError, LookupError, ArithmeticError
            This is no such header, or one of another format.
        """
        numerator, denominator = map(_number, header["time_base"])
        aesthetic, content = map(_number, header["columns"])
        groups, rows, errors = map(_number, header["counts"])
        found = cls(
            kind=kind,
            time_base=Fraction(numerator, denominator),
            columns=(aesthetic, content),
            group_count=groups,
            row_count=rows,
            error_count=errors,
            has_fields=bool(header["has_fields"]),
            is_finished=bool(header["is_finished"]),
        )
        if found.time_base <= 0 or found.header() != header:
            raise ValueError("a header in another format")
        return found


@dataclass(frozen=True, slots=True)
class _Growing:
    """A set that frames are added to: what the file holds of it, and what waits to be written."""

    known: FrameSet
    since: float
    waiting: tuple[bytes, ...] = ()


class _ChangedError(Exception):
    """Another process removed what is being read."""


class FrameSets:
    """The sets of frames in the file of one video, checked as a whole when they are opened.

    One process adds frames; others read those that had been written when they opened the file.

    Raises
    ------
    UnavailableError, DamagedError
        So do all methods.
    """

    def __init__(self, records: RecordFile) -> None:
        self._records = records
        self._known = self._read()
        self._growing: _Growing | None = None

    @property
    def best(self) -> FrameSet | None:
        """The set to go on from: the complete one if there is one, else the partial one."""
        usable = (known for known in self._known.values() if known and known.is_usable)
        return next(usable, None)

    def drop_unfinished(self) -> None:
        """Remove a complete set that was begun and never finished."""
        complete = self._known["complete"]
        if complete and not complete.is_finished and self._records.is_writer:
            self._records.write([], drop=["complete"])
            self._known["complete"] = None

    def begin(self, kind: SetKind, time_base: Fraction) -> None:
        """Go on with the partial set, or begin the complete one from nothing.

        Some frames of a video that is there completely are not kept, nor is anything while
        another process adds frames.
        """
        self.write()  # one partial run may follow another, and all frames count
        known, best = self._known[kind], self.best
        if not self._records.is_writer or (kind == "partial" and best and best.kind == "complete"):
            self._growing = None
            return
        if kind == "complete" or not (known and known.row_count and known.time_base == time_base):
            self._records.write([], drop=[kind])
            known = self._known[kind] = FrameSet(kind, time_base)
        self._growing = _Growing(known, time.monotonic())

    def add(self, rows: FrameRows) -> None:
        """Keep rows of a `row_type`, at once or within some seconds."""
        if self._growing is None or not len(rows):
            return
        known, columns = self._growing.known, columns_of(rows.dtype)
        if known.columns not in ((0, 0), columns):
            raise ValueError(f"vectors of {columns} columns after those of {known.columns}")
        waiting = (*self._growing.waiting, rows.tobytes())
        known = replace(known, columns=columns)
        self._growing = replace(self._growing, known=known, waiting=waiting)
        waited = time.monotonic() - self._growing.since
        if len(waiting) >= WRITE_BATCHES or waited >= WRITE_SECONDS:
            self.write()

    def finish(self, error_count: int, has_fields: bool) -> None:
        """End the request: write all frames, and the decoder's error count and interlacing."""
        if self._growing is None:
            return
        known = self._growing.known
        errors = max(known.error_count, error_count)
        fields = known.has_fields or has_fields
        finished = replace(known, error_count=errors, has_fields=fields, is_finished=True)
        self._growing = replace(self._growing, known=finished)
        self.write()
        self._growing = None

    def write(self) -> None:
        """Write what waits; a complete set, once finished, makes the partial one needless."""
        if self._growing is None:
            return
        known, payload = self._growing.known, b"".join(self._growing.waiting)
        records = []
        if payload:
            known = known.with_rows(len(payload) // known.layout.itemsize)
            records.append((known.kind, known.group_count, Record({}, payload)))
        records.append((known.kind, _HEAD, Record(known.header(), b"")))
        is_last = known.kind == "complete" and known.is_finished
        self._records.write(records, drop=["partial"] if is_last else [])
        # one assignment: what an interrupt leaves undone is written again, to the same place
        self._growing = _Growing(known, time.monotonic())
        self._known |= {known.kind: known} | ({"partial": None} if is_last else {})

    def group(self, known: FrameSet, number: int) -> FrameRows | None:
        """Rows that were written together, by number from 0; None where they are no more."""
        record = self._records.get(known.kind, _HEAD + 1 + number)
        return None if record is None else _rows(record, known)

    def _read(self) -> dict[SetKind, FrameSet | None]:
        for _ in range(_ATTEMPTS):
            with suppress(_ChangedError):
                return {kind: self._checked(kind) for kind in KINDS}
        return dict.fromkeys(KINDS)

    def _checked(self, kind: SetKind) -> FrameSet | None:
        """Header of a set, if all frames that it lists are there."""
        head = self._records.get(kind, _HEAD)
        if head is None:
            self._check_numbers(kind, 0)
            return None
        with malformed_is_damage():
            known = FrameSet.read(kind, head.header)
        row_count = 0
        for number in range(known.group_count):
            rows = self.group(known, number)
            if rows is None:
                raise self._missing(kind)
            row_count += len(rows)
        self._check_numbers(kind, 1 + known.group_count)
        if row_count != known.row_count:
            raise DamagedError(f"the {kind} set is not complete")
        return known

    def _missing(self, kind: SetKind) -> Exception:
        if self._records.is_writer:
            return DamagedError(f"the {kind} set lacks frames")
        return _ChangedError()

    def _check_numbers(self, kind: SetKind, count: int) -> None:
        """Make sure that there is nothing else; others may have added frames meanwhile."""
        if self._records.is_writer and self._records.numbers(kind) != list(range(count)):
            raise DamagedError(f"the {kind} set has other rows than its header lists")


def _rows(record: Record, known: FrameSet) -> FrameRows:
    with malformed_is_damage():
        return read_rows(record.payload, known.layout)


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value < _MOST:
        raise ValueError(f"{value!r} is no number of anything")
    return value
