"""The frames of a video that were decoded together, group after group."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, Self, get_args

import numpy as np

from framepick.cache.records import DamagedError, Record, Records, believed
from framepick.cache.rows import FrameRows, columns_of, read_rows, row_type

PassKind = Literal["whole", "parts"]
"""Everything decoded in order, or stretches of it; also the names of their tables."""
KINDS: tuple[PassKind, ...] = get_args(PassKind)
WRITE_SECONDS = 2.0
"""Frames wait so long to be written, or until so many batches wait:"""
WRITE_BATCHES = 64
_HEAD = 0  # its record; the rows come after
_MOST = 1 << 62


@dataclass(frozen=True, slots=True)
class Pass:
    """What is known of a pass."""

    kind: PassKind
    time_base: Fraction
    columns: tuple[int, int] = (0, 0)
    """Of the aesthetic and the content vector; 0 before the first frame."""
    group_count: int = 0
    row_count: int = 0
    error_count: int = 0
    has_fields: bool = False
    is_finished: bool = False

    @property
    def is_usable(self) -> bool:
        """True if there are frames, and, where they are to be the whole video, all of them."""
        return self.row_count > 0 and (self.is_finished or self.kind == "parts")

    @property
    def layout(self) -> np.dtype[Any]:
        """Type of its rows."""
        return row_type(*self.columns)

    def with_rows(self, rows: int) -> Self:
        """The same with one more group of so many rows."""
        return replace(self, group_count=self.group_count + 1, row_count=self.row_count + rows)

    def header(self) -> dict[str, Any]:
        """As JSON; the layout is spelt out because it changes with the version and the machine."""
        return {
            "time_base": [self.time_base.numerator, self.time_base.denominator],
            "columns": list(self.columns),
            "layout": str(self.layout.descr) if self.row_count else "",
            "counts": [self.group_count, self.row_count, self.error_count],
            "has_fields": self.has_fields,
            "is_finished": self.is_finished,
        }

    @classmethod
    def read(cls, kind: PassKind, header: Mapping[str, Any]) -> Self:
        """Undo `header`.

        Raises
        ------
        ValueError, TypeError, LookupError, ArithmeticError
            It is none, or that of another format.
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
            raise ValueError("the head of a pass in another format")
        return found


@dataclass(frozen=True, slots=True)
class _Open:
    """A pass that goes on: what the file holds of it, and what waits to be written."""

    known: Pass
    since: float
    waiting: tuple[bytes, ...] = ()


class Passes:
    """The passes in the records of one video, checked as a whole when they are opened.

    Raises
    ------
    UnavailableError, DamagedError
        So do all methods.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._known = {kind: self._checked(kind) for kind in KINDS}
        self._open: _Open | None = None

    @property
    def best(self) -> Pass | None:
        """The pass to go on from: the whole video if there is all of it, else stretches."""
        usable = (known for known in self._known.values() if known and known.is_usable)
        return next(usable, None)

    def drop_unfinished(self) -> None:
        """Make room where the whole video was begun and never finished."""
        whole = self._known["whole"]
        if whole and not whole.is_finished:
            self._records.write([], drop=["whole"])
            self._known["whole"] = None

    def begin(self, kind: PassKind, time_base: Fraction) -> None:
        """Go on with stretches, or begin with the whole video from nothing.

        Stretches of a video that is there as a whole are not kept.
        """
        self.write()  # parts may follow parts, and all count
        known, best = self._known[kind], self.best
        if kind == "parts" and best and best.kind == "whole":
            self._open = None
            return
        if kind == "whole" or not (known and known.row_count and known.time_base == time_base):
            self._records.write([], drop=[kind])
            known = self._known[kind] = Pass(kind, time_base)
        self._open = _Open(known, time.monotonic())

    def add(self, rows: FrameRows) -> None:
        """Keep rows of a `row_type`, at once or within some seconds."""
        if self._open is None or not len(rows):
            return
        known, columns = self._open.known, columns_of(rows.dtype)
        if known.columns not in ((0, 0), columns):
            raise ValueError(f"vectors of {columns} columns after those of {known.columns}")
        waiting = (*self._open.waiting, rows.tobytes())
        self._open = replace(self._open, known=replace(known, columns=columns), waiting=waiting)
        waited = time.monotonic() - self._open.since
        if len(waiting) >= WRITE_BATCHES or waited >= WRITE_SECONDS:
            self.write()

    def finish(self, error_count: int, has_fields: bool) -> None:
        """Say that all frames asked for have come, and what the decoder met on the way."""
        if self._open is None:
            return
        known = self._open.known
        errors = max(known.error_count, error_count)
        fields = known.has_fields or has_fields
        finished = replace(known, error_count=errors, has_fields=fields, is_finished=True)
        self._open = replace(self._open, known=finished)
        self.write()
        self._open = None

    def write(self) -> None:
        """Write what waits; a whole video, once finished, makes its stretches needless."""
        if self._open is None:
            return
        known, payload = self._open.known, b"".join(self._open.waiting)
        records = []
        if payload:
            known = known.with_rows(len(payload) // known.layout.itemsize)
            records.append((known.kind, known.group_count, Record({}, payload)))
        records.append((known.kind, _HEAD, Record(known.header(), b"")))
        is_last = known.kind == "whole" and known.is_finished
        self._records.write(records, drop=["parts"] if is_last else [])
        # one assignment: what an interrupt leaves undone is written again, to the same place
        self._open = _Open(known, time.monotonic())
        self._known |= {known.kind: known} | ({"parts": None} if is_last else {})

    def group(self, known: Pass, number: int) -> FrameRows | None:
        """Rows that were written together, by number from 0; None where they are no more."""
        record = self._records.get(known.kind, _HEAD + 1 + number)
        return None if record is None else _rows(record, known)

    def _checked(self, kind: PassKind) -> Pass | None:
        """Head of a pass, if all that it tells of is there."""
        found = self._records.scan(kind)
        number, head = next(found, (_HEAD, None))
        if head is None:
            return None
        with believed():
            known = Pass.read(kind, head.header)
        counts = [len(_rows(record, known)) for _, record in found]
        if number != _HEAD or (len(counts), sum(counts)) != (known.group_count, known.row_count):
            raise DamagedError(f"{kind} is not complete")
        return known


def _rows(record: Record, known: Pass) -> FrameRows:
    with believed():
        return read_rows(record.payload, known.layout)


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value < _MOST:
        raise ValueError(f"{value!r} is no number of anything")
    return value
