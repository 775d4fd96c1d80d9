"""Keeps the numbers of every frame in memory, and its content vector in a file on disk.

Content vectors go as half floats to an append-only temporary file that no other process sees, so
that memory stays flat however long the video is; those of candidates are read back by row.

Frames may come in any order of time. What changes between neighbours is known at once where they
came one after the other; else the vectors of both are read back, in groups.
"""

from __future__ import annotations

import os
import tempfile
from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from framepick.errors import OutputError
from framepick.measures import vetoes
from framepick.scoring import in_video
from framepick.types import (
    MEASURES_DTYPE,
    Embeddings,
    Floats,
    Samples,
    Vectors,
)

LEADING_COLUMNS = 32
"""Columns of content that are kept in memory, 64 bytes a frame: the first differ most."""
_READ_TOGETHER = 1024


def as_kept(embeddings: Embeddings) -> Embeddings:
    """Round vectors to the half floats that are kept: what follows is the same then and later."""
    return replace(
        embeddings,
        aesthetic=embeddings.aesthetic.astype(np.float16).astype(np.float32),
        content=embeddings.content.astype(np.float16).astype(np.float32),
    )


class Recorder:
    """Collects batch after batch, in any order of time. Use it in a `with` statement.

    A frame that comes again, with the same time and time stamp, replaces the earlier one.

    Raises
    ------
    OutputError
        The temporary folder is full or not writable.
    """

    def __init__(self) -> None:
        try:
            self._file = tempfile.TemporaryFile(prefix="framepick-")  # noqa: SIM115
        except OSError as error:
            raise _full(error) from error
        self._frame_index = array("q")
        self._pts = array("q")
        self._times = array("d")
        self._score = array("d")
        self._moment = array("d")
        self._moved = array("d")
        """Empty without a taste."""
        self._ends = array("q")
        """How many frames had come at the end of each batch."""
        self._change = array("d")
        self._measures = bytearray()
        self._leading = bytearray()
        self._time_base = Fraction(1)
        self._last_content: Vectors | None = None
        self._is_in_order = True
        self._order: NDArray[np.int64] | None = None
        self._before = np.empty(0, np.int64)

    def add(
        self,
        embeddings: Embeddings,
        scores: Floats,
        measures: NDArray[np.void],
        moments: Floats | None = None,
        moved: Floats | None = None,
    ) -> None:
        """Keep the rows of one batch, as many of each; measures are rows of `MEASURES_DTYPE`.

        With `moments`, the scores of samples are those of frames of one video: see `in_video`.
        With `moved`, a taste moves the scores by so many points.
        """
        for moment in embeddings.moments:
            if self._is_in_order and self._frame_index:
                later = moment.frame_index > self._frame_index[-1]
                self._is_in_order = later and moment.time_seconds >= self._times[-1]
            self._frame_index.append(moment.frame_index)
            self._pts.append(moment.pts)
            self._times.append(moment.time_seconds)
        self._time_base = embeddings.moments[0].time_base
        self._score.extend(scores)
        self._ends.append(len(self._score))
        if moved is not None:
            self._moved.extend(moved)
        self._moment.extend(np.zeros(len(scores)) if moments is None else moments)
        self._measures += measures.tobytes()
        self._leading += embeddings.content[:, :LEADING_COLUMNS].astype(np.float16).tobytes()
        self._change.extend(self._content_change(embeddings.content))
        try:
            self._file.seek(0, os.SEEK_END)  # reading moved it
            self._file.write(embeddings.content.astype(np.float16).tobytes())
            self._file.flush()
        except OSError as error:
            raise _full(error) from error

    def move(self, moved: Floats | None) -> None:
        """Let a taste move the scores of all frames so far, as they came, by so many points."""
        self._moved = array("d", () if moved is None else moved)

    def parts(self) -> Iterator[tuple[Vectors, Floats, NDArray[np.void]]]:
        """Give content, picture scores and measures of all frames so far, in batches as they came.

        What is computed of them is the same to the last bit as when they came.
        """
        scores = np.array(self._score, np.float64)
        measures = np.frombuffer(bytes(self._measures), MEASURES_DTYPE)
        for start, stop in pairwise([0, *self._ends]):
            content = self._read_range(start, stop)
            yield content, scores[start:stop], measures[start:stop]

    def __len__(self) -> int:
        """Number of frames that came; one that came twice counts twice."""
        return len(self._times)

    def samples(self) -> Samples:
        """All frames so far, in order of time."""
        if not self._is_in_order:
            self._order = self._time_order()
            self._update_changes(self._order)
        measures = self._sorted(self._measures, MEASURES_DTYPE)
        moments = self._sorted(self._moment, np.float64)
        moved = self._sorted(self._moved, np.float64) if self._moved else None
        return Samples(
            time_base=self._time_base,
            frame_index=self._sorted(self._frame_index, np.int64),
            pts=self._sorted(self._pts, np.int64),
            times_seconds=self._sorted(self._times, np.float64),
            raw=in_video(self._picture_scores(), moments, vetoes(measures) == ""),
            content_change=self._sorted(self._change, np.float64),
            measures=measures,
            leading_content=self._sorted(self._leading, np.dtype((np.float16, self._width()))),
            moved=moved,
        )

    def content_of(self, rows: NDArray[np.int64]) -> Vectors:
        """Content vectors (n, C) of rows of the samples given last."""
        return self._read(rows if self._order is None else self._order[rows])

    def picture_scores(self, rows: NDArray[np.int64]) -> Floats:
        """Scores (n,) of rows of the samples given last, as pictures on their own."""
        return self._picture_scores()[rows]

    def _picture_scores(self) -> Floats:
        scores: Floats = self._sorted(self._score, np.float64)
        return scores + self._sorted(self._moved, np.float64) if self._moved else scores

    def _width(self) -> int:
        """How many leading columns of content are kept in memory."""
        width = 0 if self._last_content is None else len(self._last_content)
        return min(width, LEADING_COLUMNS)

    def _sorted(self, column: array[Any] | bytearray, kind: DTypeLike) -> NDArray[Any]:
        values = np.frombuffer(column, dtype=kind)
        return values.copy() if self._order is None else values[self._order]

    def _time_order(self) -> NDArray[np.int64]:
        """Rows in order of time; of a frame that came more than once, the last one."""
        times, frame_indices, stamps = map(np.asarray, (self._times, self._frame_index, self._pts))
        order = np.lexsort((np.arange(len(times)), frame_indices, times))
        same = (np.diff(times[order]) == 0) & (np.diff(stamps[order]) == 0)
        last = np.append(~same, True)
        return np.asarray(order[last], dtype=np.int64)

    def _update_changes(self, order: NDArray[np.int64]) -> None:
        """Measure the change again of frames that have another neighbour now than when it was."""
        known = np.arange(len(self._before), len(self)) - 1  # as they came
        self._before = np.concatenate([self._before, known])
        before = np.append(-1, order[:-1])
        moved = np.flatnonzero(self._before[order] != before)
        for start in range(0, len(moved), _READ_TOGETHER):
            some = moved[start : start + _READ_TOGETHER]
            pairs = self._read(order[some]), self._read(np.maximum(before[some], 0))
            changes = np.where(before[some] < 0, 0.0, _distances(*pairs))
            for row, change in zip(order[some].tolist(), changes.tolist(), strict=True):
                self._change[row] = change
        self._before[order] = before

    def _read(self, rows: NDArray[np.int64]) -> Vectors:
        width = 0 if self._last_content is None else len(self._last_content)
        vectors = np.empty((len(rows), width), dtype=np.float32)
        for at, row in enumerate(rows):
            self._file.seek(int(row) * width * 2)
            vectors[at] = np.frombuffer(self._file.read(width * 2), dtype=np.float16)
        return vectors

    def _read_range(self, start: int, stop: int) -> Vectors:
        width = 0 if self._last_content is None else len(self._last_content)
        self._file.seek(start * width * 2)
        kept = self._file.read((stop - start) * width * 2)
        vectors: Vectors = np.frombuffer(kept, np.float16).reshape(-1, width).astype(np.float32)
        return vectors

    def _content_change(self, content: Vectors) -> Floats:
        before = content[:1] if self._last_content is None else self._last_content[None]
        previous = np.concatenate([before, content[:-1]])
        self._last_content = content[-1].copy()
        return _distances(content, previous)

    def close(self) -> None:
        """Remove the temporary file."""
        with suppress(OSError):  # closing flushes what did not fit; it is not needed
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _distances(content: Vectors, previous: Vectors) -> Floats:
    """Cosine distances (N,), 0 to 2, of rows of length 1."""
    return np.clip(1.0 - np.sum(content * previous, axis=1, dtype=np.float64), 0.0, 2.0)


def _full(error: OSError) -> OutputError:
    folder = tempfile.gettempdir()
    return OutputError(
        f"{folder}: cannot keep working data ({error.strerror}); "
        "free some space there or name another folder in TMPDIR"
    )
