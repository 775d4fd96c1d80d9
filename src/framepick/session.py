"""One video being searched: what is asked for is decoded, scored, kept and smoothed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, suppress
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

import framepick
from framepick.aesthetic import AestheticModel
from framepick.cache import Cache, CacheEntry, FrameRows, SetKind, fingerprint, frame_rows
from framepick.curve import to_curve
from framepick.encoding.repeats import RepeatEncoder
from framepick.errors import SourceError
from framepick.filmstrip import FilmstripRecorder
from framepick.measures import as_rows
from framepick.protocols import Opening, Source, SourceMemory
from framepick.recording import Recorder, as_kept
from framepick.results import Filmstrip
from framepick.sources.opening import open_source
from framepick.types import (
    DetailMeasures,
    Embeddings,
    FrameBatch,
    FrameRequest,
    Moment,
    Samples,
    ScoreCurve,
    Vectors,
    in_batches,
)

Progress = Callable[[int, int | None], None]
"""Called with the frames done so far and, where known, the frames in all."""


def no_progress(done: int, total: int | None) -> None:
    """Tell nobody."""


class Session:
    """What is seen of one video, and the curve of that. Close it, or use it in a `with` statement.

    The frames come from `source`, and are also kept in the cache's `entry`, if there is one. Both
    are closed with the session.

    Raises
    ------
    OutputError
        There is no room for working data.
    """

    def __init__(
        self,
        source: Source,
        model: AestheticModel,
        progress: Progress = no_progress,
        entry: CacheEntry | None = None,
    ) -> None:
        self.source = source
        self.model = model
        self.is_whole = False
        """Whether every frame was seen, in order."""
        self._progress = progress
        self._samples: Samples | None = None
        self._curve: ScoreCurve | None = None
        self._entry = entry
        self._recorder = Recorder()
        self._strip = FilmstripRecorder(source.info)

    def recall(self, with_parts: bool) -> Samples | None:
        """Take over what was seen before: the whole video, or `with_parts` some of its frames.

        Call it first, before anything is seen. Gives what is known then, None if nothing is.
        """
        known = self._entry.frames() if self._entry else None
        if self._entry is None or known is None or not (known.is_complete or with_parts):
            return None
        places = [np.empty((2, 0), np.int64)]
        for rows in known.groups:
            vectors = _vectors(rows, known.time_base, self.model.encoder.encoder_id)
            self._recorder.add(vectors, self.model.scorer.score(vectors), rows["measures"])
            places.append(np.stack([rows["frame_index"], rows["checksum"]]))
        if len(self._recorder) < known.count:  # the file failed on the way
            self._recorder.close()
            self._recorder = Recorder()
            return None
        frame_indices, checksums = np.concatenate(places, axis=1)
        facts = known.error_count, known.has_fields
        self.source.recall(SourceMemory(frame_indices, checksums, *facts))
        if strip := self._entry.filmstrip():
            self._strip.recall(strip)
        self.is_whole = known.is_complete
        self._now(self._recorder.samples())
        return self._samples

    def warm_up(self) -> None:
        """Have the encoder loaded: what is seen from now on comes at an even pace."""
        size = self.model.encoder.view_spec.size
        view, moment = np.zeros((1, size, size, 3), np.uint8), Moment(0, 0, Fraction(1), 0.0)
        self.model.encoder.encode(FrameBatch(view, (moment,)))

    def process(self, request: FrameRequest) -> None:
        """Decode and score the frames of `request`.

        Progress counts the frames decoded; how many there will be is known only where all are
        asked for.

        Raises
        ------
        SourceError
            No frame came, of this span or one before.
        """
        total = self.source.info.packet_count if request.is_everything else None
        if self._entry:
            kind: SetKind = "complete" if request.is_everything else "partial"
            self._entry.begin_frames(kind, self.source.time_base)
        encoder = RepeatEncoder(self.model.encoder)
        for batch, measures in in_batches(
            self.source.frames(request), self.model.encoder.batch_size
        ):
            self._keep(as_kept(encoder.encode(batch)), as_rows(measures))
            self._strip.add([moment.time_seconds for moment in batch.moments], batch.views)
            self._progress(len(self._recorder), total)
        self._now(self._recorder.samples())
        if not len(self.samples):
            raise SourceError(f"{self.source.info.name}: no frame could be decoded")
        self.is_whole |= request.is_everything
        if self._entry:
            if request.is_everything:
                self._entry.keep_filmstrip(self._strip.filmstrip())
            memory = self.source.memory()
            self._entry.finish_frames(memory.error_count, memory.has_fields)

    def _keep(self, vectors: Embeddings, measures: NDArray[np.void]) -> None:
        self._recorder.add(vectors, self.model.scorer.score(vectors), measures)
        if self._entry:
            memory = self.source.memory([moment.frame_index for moment in vectors.moments])
            self._entry.add_frames(frame_rows(vectors, memory.checksums, measures))

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

    def detail_measures(self, moments: Sequence[Moment]) -> Iterator[DetailMeasures]:
        """What the frames of `moments` show at full size; those that cannot be found are not."""
        known = self._entry.detail_measures(moments) if self._entry else []
        yield from known
        seen = {one.moment for one in known}
        missing = [moment for moment in moments if moment not in seen]
        found = list(self.source.detail_measures(missing)) if missing else []
        if self._entry and found:
            self._entry.keep_detail_measures(found)
        yield from found

    def veto(self, frame_indices: Collection[int]) -> None:
        """Mark frames as damaged: they decode differently each time."""
        self._now(self.samples.with_damaged(frame_indices))

    def filmstrip(self) -> Filmstrip:
        """Small pictures along the film, of what was seen."""
        return self._strip.filmstrip()

    def close(self) -> None:
        """End the decoder, remove working data, leave what is kept to others."""
        self.source.close()
        if self._entry and self._samples is not None and not self.is_whole:
            self._entry.keep_filmstrip(self._strip.filmstrip())
        self._recorder.close()
        if self._entry:
            self._entry.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _now(self, samples: Samples) -> None:
        self._samples, self._curve = samples, None


def open_session(
    path: Path,
    model: AestheticModel,
    progress: Progress = no_progress,
    cache: Cache | None = None,
    hwaccel: str = "off",
) -> Session:
    """Open the video `path` for a session; `hwaccel` is what `open_source` takes.

    What is seen is also kept in the `cache`, if there is one, for the next session of the same
    content with the same encoder.

    Raises
    ------
    SourceError, OutputError
        The video cannot be read; there is no room for working data.
    """
    with ExitStack() as opened:
        if entry := _entry(path, model, cache, hwaccel):
            opened.enter_context(entry)
        known = entry.opening() if entry else None
        opening = Opening(*known) if known else None
        spec = model.encoder.view_spec
        source = opened.enter_context(open_source(path, spec, opening, hwaccel))
        if entry and source.opening and not opening:
            entry.keep_opening(source.opening.header, bytes(source.opening.payload))
        session = Session(source, model, progress, entry)
        opened.pop_all()
        return session


def _entry(
    path: Path, model: AestheticModel, cache: Cache | None, hwaccel: str
) -> CacheEntry | None:
    if cache is None:
        return None
    with suppress(SourceError):  # the source tells better what is wrong with the file
        # views come from av, and devices hide damage; the rest is in the encoder's own name
        decoder = f"framepick {framepick.__version__} av {version('av')} {hwaccel}"
        return cache.open(fingerprint(path), f"{model.encoder.encoder_id} {decoder}")
    return None


def _vectors(rows: FrameRows, time_base: Fraction, encoder_id: str) -> Embeddings:
    columns = (rows[name].tolist() for name in ("frame_index", "pts", "seconds"))
    moments = (Moment(at, pts, time_base, time) for at, pts, time in zip(*columns, strict=True))
    aesthetic, content = (rows[name].astype(np.float32) for name in ("aesthetic", "content"))
    return Embeddings(aesthetic, content, tuple(moments), encoder_id)
