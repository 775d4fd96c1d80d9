"""One video being searched: what is asked for is decoded, scored, kept and smoothed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from framepick.errors import SourceError
from framepick.eye import Eye
from framepick.filmstrip import FilmstripRecorder
from framepick.measures import as_rows, gates
from framepick.outcome import Filmstrip
from framepick.recording import Recorder, as_kept
from framepick.shots import find_shots
from framepick.smoothing import smooth
from framepick.sources.video import VideoSource
from framepick.types import (
    CloseUp,
    FrameSource,
    Moment,
    Plan,
    Samples,
    ScoreCurve,
    Span,
    Vectors,
    in_batches,
)

Progress = Callable[[int, int | None], None]
"""Called with the frames done so far and, where known, the frames in all."""


def no_progress(done: int, total: int | None) -> None:
    """Tell nobody."""


class Search:
    """What is seen of one video, and the curve of that. Close it, or use it in a `with` statement.

    Raises
    ------
    SourceError, OutputError
        The video cannot be read; there is no room for working data.
    """

    def __init__(self, path: Path, eye: Eye, progress: Progress = no_progress) -> None:
        self.eye = eye
        self._progress = progress
        self._samples: Samples | None = None
        self._curve: ScoreCurve | None = None
        self.source: FrameSource = VideoSource(path, eye.encoder.view_spec)
        self._recorder = Recorder()
        self._strip = FilmstripRecorder(self.source.info)

    def carry_out(self, plan: Plan) -> None:
        """See span after span, as `plan` asks for them.

        Raises
        ------
        SourceError
            The plan was carried out and no frame came.
        """
        while span := plan.next(self._samples):
            self.see(span)

    def see(self, span: Span) -> None:
        """Decode and score the frames of `span`.

        Progress counts the frames decoded; how many there will be is known only where all are
        asked for.

        Raises
        ------
        SourceError
            No frame came, of this span or one before.
        """
        total = self.source.info.packet_count if span.is_everything else None
        for batch, measures in in_batches(self.source.frames(span), self.eye.encoder.batch_size):
            vectors = as_kept(self.eye.encoder.encode(batch))
            self._recorder.add(vectors, self.eye.scorer.score(vectors), as_rows(measures))
            self._strip.add([moment.time_seconds for moment in batch.moments], batch.views)
            self._progress(len(self._recorder), total)
        self._now(self._recorder.samples())
        if not len(self.samples):
            raise SourceError(f"{self.source.info.name}: no frame could be decoded")

    @property
    def samples(self) -> Samples:
        """All that was seen so far."""
        assert self._samples is not None  # noqa: S101 - every plan asks for a first span
        return self._samples

    @property
    def curve(self) -> ScoreCurve:
        """The scores of `samples`, smoothed within shots."""
        if self._curve is None:
            self._curve = to_curve(self.samples)
        return self._curve

    def content_of(self, rows: NDArray[np.int64]) -> Vectors:
        """Content vectors (n, C) of `rows` of the samples."""
        return self._recorder.content_of(rows)

    def close_ups(self, moments: Sequence[Moment]) -> Iterator[CloseUp]:
        """What the frames of `moments` show at full size; those that cannot be found are not."""
        yield from self.source.close_ups(moments)

    def veto(self, ordinals: Collection[int]) -> None:
        """Mark frames as damaged: they decode differently each time."""
        self._now(self.samples.with_damaged(ordinals))

    def filmstrip(self) -> Filmstrip:
        """Small pictures along the film, of what was seen."""
        return self._strip.filmstrip()

    def close(self) -> None:
        """End the decoder and remove working data."""
        self.source.close()
        self._recorder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _now(self, samples: Samples) -> None:
        self._samples, self._curve = samples, None


def to_curve(samples: Samples) -> ScoreCurve:
    """Find the shots and smooth the raw scores within them; vetoed frames do not count.

    Where frames were left out, each stretch stands alone: what lies between is not known.
    """
    shot = np.zeros(len(samples), np.int32)
    first = 0
    for rows in _stretches(samples.ordinal):
        found = find_shots(
            samples.times_seconds[rows], samples.content_change[rows], samples.measures[rows]
        )
        shot[rows] = first + found
        first += int(found[-1]) + 1
    observed = np.where(gates(samples.measures) == "", samples.raw, np.nan)
    smoothed, variance = smooth(samples.times_seconds, observed, shot)
    return ScoreCurve(samples.times_seconds, samples.raw, smoothed, variance, shot)


def _stretches(ordinal: NDArray[np.int64]) -> Iterator[slice]:
    """Rows of frames that follow each other without a gap."""
    edges = np.concatenate([[0], np.flatnonzero(np.diff(ordinal) > 1) + 1, [len(ordinal)]])
    for start, end in pairwise(edges.tolist()):
        if end > start:
            yield slice(start, end)
