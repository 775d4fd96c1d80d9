"""What is kept of every frame: a few numbers in memory, its content vector in a file on disk.

Content vectors go as half floats to an append-only temporary file that no other process sees, so
that memory stays flat however long the video is; those of candidates are read back by row.
"""

from __future__ import annotations

import os
import tempfile
from array import array
from collections.abc import Sequence
from fractions import Fraction
from typing import Self

import numpy as np
from numpy.typing import NDArray

from framepick.errors import OutputError
from framepick.measures import as_rows
from framepick.types import (
    MEASURES_DTYPE,
    Embeddings,
    Floats,
    FrameMeasures,
    Samples,
    Vectors,
)


class Recorder:
    """Collects batch after batch. Use it in a `with` statement.

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
        self._ordinal = array("q")
        self._pts = array("q")
        self._times = array("d")
        self._raw = array("d")
        self._change = array("d")
        self._measures = bytearray()
        self._time_base = Fraction(1)
        self._last_content: Vectors | None = None

    def add(
        self, embeddings: Embeddings, scores: Floats, measures: Sequence[FrameMeasures]
    ) -> None:
        """Keep the rows of one batch; all three have N rows."""
        for moment in embeddings.moments:
            self._ordinal.append(moment.ordinal)
            self._pts.append(moment.pts)
            self._times.append(moment.time_seconds)
        self._time_base = embeddings.moments[0].time_base
        self._raw.extend(scores)
        self._measures += as_rows(measures).tobytes()
        self._change.extend(self._content_change(embeddings.content))
        try:
            self._file.seek(0, os.SEEK_END)  # reading moved it
            self._file.write(embeddings.content.astype(np.float16).tobytes())
            self._file.flush()
        except OSError as error:
            raise _full(error) from error

    def __len__(self) -> int:
        return len(self._times)

    def samples(self) -> Samples:
        """All rows so far."""
        return Samples(
            time_base=self._time_base,
            ordinal=np.array(self._ordinal, dtype=np.int64),
            pts=np.array(self._pts, dtype=np.int64),
            times_seconds=np.array(self._times, dtype=np.float64),
            raw=np.array(self._raw, dtype=np.float64),
            content_change=np.array(self._change, dtype=np.float64),
            measures=np.frombuffer(bytes(self._measures), dtype=MEASURES_DTYPE),
        )

    def content_of(self, rows: NDArray[np.int64]) -> Vectors:
        """Content vectors (n, C) of the given rows."""
        width = 0 if self._last_content is None else len(self._last_content)
        vectors = np.empty((len(rows), width), dtype=np.float32)
        for at, row in enumerate(rows):
            self._file.seek(int(row) * width * 2)
            vectors[at] = np.frombuffer(self._file.read(width * 2), dtype=np.float16)
        return vectors

    def _content_change(self, content: Vectors) -> Floats:
        before = content[:1] if self._last_content is None else self._last_content[None]
        previous = np.concatenate([before, content[:-1]])
        self._last_content = content[-1].copy()
        return np.clip(1.0 - np.sum(content * previous, axis=1, dtype=np.float64), 0.0, 2.0)

    def close(self) -> None:
        """Remove the temporary file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _full(error: OSError) -> OutputError:
    folder = tempfile.gettempdir()
    return OutputError(
        f"{folder}: cannot keep working data ({error.strerror}); "
        "free some space there or name another folder in TMPDIR"
    )
