"""What is known of one video, seen by one encoder.

A cache is a help and never a hindrance: whatever goes wrong with its file turns the entry off, and
from then on it takes everything and gives nothing. What is damaged or of another format is
removed. What a run could not finish is kept as far as another can go on with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

from framepick.cache.items import detail_record, read_detail, read_strip, strip_record
from framepick.cache.passes import KINDS, Pass, Passes, PassKind
from framepick.cache.records import (
    DamagedError,
    Record,
    Records,
    UnavailableError,
    believed,
    remove_unused,
)
from framepick.cache.rows import FrameRows, columns_of
from framepick.results import Filmstrip
from framepick.types import DetailMeasures, Moment

FORM = 1
"""Raised whenever something kept changes its meaning: the decoder's answer, views, measures,
details. Entries of other forms are forgotten."""
_FACTS, _DETAILS = "facts", "details"
_OPENED, _STRIP = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class Remembered:
    """Frames that were seen before."""

    is_whole: bool
    """All of the video was decoded, in order; else stretches were, in any order."""
    time_base: Fraction
    error_count: int
    """Decoding errors met."""
    has_fields: bool
    """The decoder saw interlaced pictures."""
    count: int
    """Rows in all."""
    frames: Iterator[FrameRows]
    """The rows as they were added, group by group, read-only; a frame that comes again replaces
    the one before. Ends early only if the file fails meanwhile: the entry is off then."""


class Entry:
    """The store of one video. Use it in a `with` statement, from one thread at a time.

    Nobody else can open it meanwhile, nor can the same process once more.

    Raises
    ------
    UnavailableError, DamagedError
        The file cannot be used; `open` copes with both. No method raises them.
    """

    def __init__(self, path: Path, limit_bytes: int, when_closed: Callable[[], None]) -> None:
        self._records = Records(path, FORM, (_FACTS, _DETAILS, *KINDS), limit_bytes)
        self._when_closed = when_closed
        self.is_on = True
        """False once something went wrong, and after closing."""
        try:
            self._passes = Passes(self._records)
            for table in (_FACTS, _DETAILS):
                for _ in self._records.scan(table):
                    pass
            with suppress(UnavailableError):  # what is there can be read from a full disk
                self._passes.drop_unfinished()
        except BaseException:
            self._records.close()
            raise

    @classmethod
    def open(
        cls, path: Path, limit_bytes: int, when_closed: Callable[[], None] = lambda: None
    ) -> Self | None:
        """Open the entry in the file `path`, an empty one where there is none.

        None where that cannot be: someone uses it, there is no right or room to write.
        """
        for _ in range(2):  # the second time, a damaged file is gone
            try:
                return cls(path, limit_bytes, when_closed)
            except DamagedError:
                remove_unused(path)
            except UnavailableError:
                break
        return None

    def opened(self) -> tuple[dict[str, Any], bytes] | None:
        """Header and payload of the decoder's answer on opening the file."""
        with self._quietly():
            return self._records.get(_FACTS, _OPENED)
        return None

    def keep_opened(self, header: Mapping[str, Any], payload: bytes) -> None:
        """Keep the decoder's answer on opening the file; `header` is JSON."""
        with self._quietly():
            self._records.write([(_FACTS, _OPENED, Record(dict(header), payload))])

    def recall(self) -> Remembered | None:
        """Give the frames kept so far: the whole video if it was finished once, else parts.

        Read them before the next pass begins.
        """
        best = self._passes.best if self.is_on else None
        if best is None:
            return None
        return Remembered(
            is_whole=best.kind == "whole",
            time_base=best.time_base,
            error_count=best.error_count,
            has_fields=best.has_fields,
            count=best.row_count,
            frames=self._frames(best),
        )

    def begin(self, kind: PassKind, time_base: Fraction) -> None:
        """Begin a pass: "whole" from nothing, "parts" after those kept before.

        The whole video counts once it is finished, and then replaces its parts. Each part counts
        as it comes. Parts of a video that is kept as a whole are not taken.
        """
        with self._quietly():
            self._passes.begin(kind, time_base)

    def add(self, rows: FrameRows) -> None:
        """Keep frames of the pass: `frame_rows`. They are written within 2 s.

        Raises
        ------
        ValueError
            They are no such rows, or of other vectors than those before.
        """
        columns_of(rows.dtype)
        if self.is_on:  # what can never be written must not gather
            with self._quietly():
                self._passes.add(rows)

    def finish(self, error_count: int, has_fields: bool) -> None:
        """End the pass, which has seen all that was asked for, and write what waits.

        `error_count` are the decoding errors met so far, `has_fields` tells whether a picture was
        interlaced; the largest of all passes over parts counts.
        """
        with self._quietly():
            self._passes.finish(error_count, has_fields)

    def strip(self) -> Filmstrip | None:
        """The filmstrip kept last."""
        with self._quietly(), believed():
            record = self._records.get(_FACTS, _STRIP)
            return None if record is None else read_strip(record)
        return None

    def keep_strip(self, strip: Filmstrip) -> None:
        """Keep a filmstrip in place of the one before."""
        with self._quietly():
            self._records.write([(_FACTS, _STRIP, strip_record(strip))])

    def detail_measures(self, moments: Sequence[Moment]) -> list[DetailMeasures]:
        """Those of the frames of `moments` that are kept, bit for bit."""
        with self._quietly(), believed():
            found = (
                (moment, self._records.get(_DETAILS, moment.frame_index)) for moment in moments
            )
            read = [read_detail(record, moment) for moment, record in found if record]
            return [detail for detail in read if detail]
        return []

    def keep_detail_measures(self, detail_measures: Iterable[DetailMeasures]) -> None:
        """Keep what frames look like at full size; those that were not found have nothing."""
        records = [
            (_DETAILS, one.moment.frame_index, detail_record(one)) for one in detail_measures
        ]
        with self._quietly():
            self._records.write(records)

    def close(self) -> None:
        """Write what waits and let others use the file; harmless if it is closed."""
        try:
            with self._quietly():
                self._passes.write()
        finally:
            self._records.close()
            self.is_on = False
        self._when_closed()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Turn off where something goes wrong; an entry that is off comes here for nothing."""
        try:
            yield
        except DamagedError:
            self.is_on = False
            self._records.remove()
        except UnavailableError:
            self.is_on = False
            self._records.close()

    def _frames(self, known: Pass) -> Iterator[FrameRows]:
        for number in range(known.group_count):
            rows: FrameRows | None = None
            with self._quietly():
                rows = self._passes.group(known, number)
            if rows is None:
                return
            yield rows
