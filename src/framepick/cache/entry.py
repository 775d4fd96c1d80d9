"""The cache entry of one video and one encoder.

No run depends on the cache: any problem with its file turns the entry off, and from then on it
ignores what it is given and gives nothing. What is damaged or of another format is
removed. What a run could not finish is kept as far as another can go on with it.

Any number of processes may use an entry at the same time. The first of them adds frames; the
others read what was written before they came, and may add detail measures and the like.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

from framepick.cache.frame_sets import KINDS, FrameSet, FrameSets, SetKind
from framepick.cache.in_use import remove_unused
from framepick.cache.records import Record, RecordFile
from framepick.cache.rows import FrameRows, columns_of
from framepick.cache.serialization import (
    detail_record,
    faces_record,
    filmstrip_record,
    read_detail,
    read_faces,
    read_filmstrip,
)
from framepick.cache.sqlite_file import DamagedError, UnavailableError, malformed_is_damage
from framepick.faces.measures import FrameFaces
from framepick.results import Filmstrip
from framepick.types import DetailMeasures, Moment

FORMAT_VERSION = 8
"""Raised whenever something kept changes its meaning: the decoder's answer, views, measures,
details, faces, or how they are stored. Entries of other versions are forgotten."""
_FACTS, _DETAILS, _FACES, _PICTURES = "facts", "detail_measures", "faces", "pictures"
_OPENING, _FILMSTRIP = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class CachedFrames:
    """Frames that were scored in earlier runs."""

    is_complete: bool
    """All of the video was decoded, in order; else some frames were, in any order."""
    time_base: Fraction
    error_count: int
    """Decoding errors."""
    has_fields: bool
    """Whether any picture was interlaced."""
    count: int
    """Rows in all."""
    groups: Iterator[FrameRows]
    """The rows as they were added, group by group, read-only; a frame that comes again replaces
    the one before. Ends early only if the file fails meanwhile: the entry is off then."""


class CacheEntry:
    """The cache of one video. Use it in a `with` statement, from one thread at a time.

    Raises
    ------
    UnavailableError, DamagedError
        The file cannot be used; `open` copes with both. No method raises them.
    """

    def __init__(self, path: Path, limit_bytes: int, when_closed: Callable[[], None]) -> None:
        tables = (_FACTS, _DETAILS, _FACES, _PICTURES, *KINDS)
        self._records = RecordFile(path, FORMAT_VERSION, tables, limit_bytes)
        self._when_closed = when_closed
        self.is_on = True
        """False once something went wrong, and after closing."""
        try:
            self._sets = FrameSets(self._records)
            for table in (_FACTS, _DETAILS, _FACES, _PICTURES):
                for _ in self._records.scan(table):
                    pass
            with suppress(UnavailableError):  # what is there can be read from a full disk
                self._sets.drop_unfinished()
        except BaseException:
            self._records.close()
            raise

    @classmethod
    def open(
        cls, path: Path, limit_bytes: int, when_closed: Callable[[], None] = lambda: None
    ) -> Self | None:
        """Open the entry in the file `path`, an empty one where there is none.

        None if it cannot be used: there is no permission or space to write, and nothing to read.
        """
        for _ in range(2):  # the second time, a damaged file is gone
            try:
                return cls(path, limit_bytes, when_closed)
            except DamagedError:
                remove_unused(path)
            except UnavailableError:
                break
        return None

    @property
    def is_writer(self) -> bool:
        """Whether frames are kept: no other process adds any."""
        return self._records.is_writer

    def opening(self) -> tuple[dict[str, Any], bytes] | None:
        """Header and payload of what the source found when it was opened."""
        with self._quietly():
            return self._records.get(_FACTS, _OPENING)
        return None

    def keep_opening(self, header: Mapping[str, Any], payload: bytes) -> None:
        """Keep what the source found when it was opened; `header` is JSON."""
        with self._quietly():
            self._records.write([(_FACTS, _OPENING, Record(dict(header), payload))])

    def frames(self) -> CachedFrames | None:
        """Give the frames kept so far: all of the video if it was scored completely, else some.

        Read them before others are added.
        """
        best = self._sets.best if self.is_on else None
        if best is None:
            return None
        return CachedFrames(
            is_complete=best.kind == "complete",
            time_base=best.time_base,
            error_count=best.error_count,
            has_fields=best.has_fields,
            count=best.row_count,
            groups=self._groups(best),
        )

    def begin_frames(self, kind: SetKind, time_base: Fraction) -> None:
        """Begin to add frames: "complete" from nothing, "partial" after those kept before.

        A complete set counts once it is finished, and then replaces the partial one. Of that,
        each frame counts as it comes. If the video is kept completely, no part of it is taken.
        """
        with self._quietly():
            self._sets.begin(kind, time_base)

    def add_frames(self, rows: FrameRows) -> None:
        """Keep frames: `frame_rows`. They are written within 2 s.

        Raises
        ------
        ValueError
            They are no such rows, or of other vectors than those before.
        """
        columns_of(rows.dtype)
        if self.is_on:  # what can never be written must not gather
            with self._quietly():
                self._sets.add(rows)

    def finish_frames(self, error_count: int, has_fields: bool) -> None:
        """Say that all frames that were asked for have come, and write what waits.

        `error_count` are the decoding errors so far, `has_fields` tells whether a picture was
        interlaced; of a partial set the largest of all runs counts.
        """
        with self._quietly():
            self._sets.finish(error_count, has_fields)

    def filmstrip(self) -> Filmstrip | None:
        """The filmstrip kept last."""
        with self._quietly(), malformed_is_damage():
            record = self._records.get(_FACTS, _FILMSTRIP)
            return None if record is None else read_filmstrip(record)
        return None

    def keep_filmstrip(self, filmstrip: Filmstrip) -> None:
        """Keep a filmstrip in place of the one before."""
        with self._quietly():
            self._records.write([(_FACTS, _FILMSTRIP, filmstrip_record(filmstrip))])

    def detail_measures(self, moments: Sequence[Moment]) -> list[DetailMeasures]:
        """Those of the frames of `moments` that are kept, bit for bit."""
        with self._quietly(), malformed_is_damage():
            found = (
                (moment, self._records.get(_DETAILS, moment.frame_index)) for moment in moments
            )
            read = [read_detail(record, moment) for moment, record in found if record]
            return [detail for detail in read if detail]
        return []

    def keep_detail_measures(self, detail_measures: Iterable[DetailMeasures]) -> None:
        """Keep what was measured of frames at full size."""
        records = [
            (_DETAILS, one.moment.frame_index, detail_record(one)) for one in detail_measures
        ]
        with self._quietly():
            self._records.write(records)

    def faces(self, moments: Sequence[Moment]) -> list[FrameFaces]:
        """Those of the frames of `moments` that are kept."""
        with self._quietly(), malformed_is_damage():
            found = ((moment, self._records.get(_FACES, moment.frame_index)) for moment in moments)
            read = [read_faces(record, moment) for moment, record in found if record]
            return [faces for faces in read if faces]
        return []

    def keep_faces(self, frame_faces: Iterable[FrameFaces]) -> None:
        """Keep the faces that were found in frames."""
        records = [(_FACES, one.moment.frame_index, faces_record(one)) for one in frame_faces]
        with self._quietly():
            self._records.write(records)

    def pictures(self, moments: Sequence[Moment]) -> dict[Moment, bytes]:
        """Those of the small JPEG files of frames that are kept, by moment."""
        with self._quietly(), malformed_is_damage():
            found = ((at, self._records.get(_PICTURES, at.frame_index)) for at in moments)
            return {at: one.payload for at, one in found if one and one.header["pts"] == at.pts}
        return {}

    def keep_pictures(self, pictures: Mapping[Moment, bytes]) -> None:
        """Keep small JPEG files of frames."""
        records = [
            (_PICTURES, moment.frame_index, Record({"pts": moment.pts}, jpeg))
            for moment, jpeg in pictures.items()
        ]
        with self._quietly():
            self._records.write(records)

    def close(self) -> None:
        """Write what waits and leave the file to others; harmless if it is closed."""
        try:
            with self._quietly():
                self._sets.write()
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
        """Turn the entry off on any error; the calls of an entry that is off do nothing."""
        try:
            yield
        except DamagedError:
            self.is_on = False
            self._records.remove()
        except UnavailableError:
            self.is_on = False
            self._records.close()

    def _groups(self, known: FrameSet) -> Iterator[FrameRows]:
        for number in range(known.group_count):
            rows: FrameRows | None = None
            with self._quietly():
                rows = self._sets.group(known, number)
            if rows is None:
                return
            yield rows
