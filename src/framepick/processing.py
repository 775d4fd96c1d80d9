"""Decodes, encodes and scores frames of one source on request, and keeps the results."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Self

import numpy as np
from numpy.typing import NDArray

from framepick.aesthetic import AestheticModel
from framepick.cache import CacheEntry, FrameRows, SetKind, frame_rows
from framepick.curve import to_curve
from framepick.errors import SourceError, UsageError
from framepick.faces.measures import FrameFaces
from framepick.filmstrip import FilmstripRecorder, thumbnail
from framepick.parts import ScoredPiece, encoded
from framepick.protocols import Progress, Source, SourceMemory, no_progress
from framepick.recording import Recorder
from framepick.results import Comparable, Filmstrip
from framepick.scope import EVERYTHING, Scope, excluded_rows
from framepick.taste.taste import Taste, pictures_of_frames
from framepick.types import (
    THUMBNAIL_SIDE,
    DetailMeasures,
    Embeddings,
    Floats,
    FrameBatch,
    FrameRequest,
    Moment,
    Samples,
    ScoreCurve,
    Vectors,
)


class FrameProcessor:
    """Scores frames of one source and keeps them. Close it, or use it in a `with` statement.

    Frames come from `source` and are also kept in the cache's `entry`, if there is one. Both are
    closed with the processor.

    Raises
    ------
    OutputError
        The temporary folder has no space for working data.
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
        self.taste = model.taste
        """What moves the scores."""
        self.is_complete = False
        """Whether every frame was decoded, in order."""
        self._vetoed: frozenset[int] = frozenset()
        """Indices of frames that decode differently each time."""
        self._keeps_titles = False
        self._scope = EVERYTHING
        self._progress = progress
        self._samples: Samples | None = None
        self._curve: ScoreCurve | None = None
        self._entry = entry
        self._recorder = Recorder()
        self._counted = 0
        """Frames of the recorder that are among the samples."""
        self._filmstrip = FilmstripRecorder(source.info)
        self._faces: dict[int, FrameFaces] = {}
        """By frame index."""

    def recall(self, with_parts: bool) -> Samples | None:
        """Give the known frames: those of a complete video or, `with_parts`, some of its frames.

        They are the frames processed so far or, before the first, those loaded from the cache.
        None if no frames are known.
        """
        if self._samples is not None:
            return self._samples if self.is_complete or with_parts else None
        known = self._entry.frames() if self._entry else None
        if self._entry is None or known is None or not (known.is_complete or with_parts):
            return None
        places = [np.empty((2, 0), np.int64)]
        for rows in known.groups:
            vectors = _vectors(rows, known.time_base, self.model.encoder.encoder_id)
            self._record(vectors, rows["measures"])
            places.append(np.stack([rows["frame_index"], rows["checksum"]]))
        if len(self._recorder) < known.count:  # the file failed while it was read
            self._recorder.close()
            self._recorder = Recorder()
            return None
        frame_indices, checksums = np.concatenate(places, axis=1)
        facts = known.error_count, known.has_fields
        self.source.recall(SourceMemory(frame_indices, checksums, *facts))
        if filmstrip := self._entry.filmstrip():
            self._filmstrip.recall(filmstrip)
        self.is_complete = known.is_complete
        self._update(self._recorder.samples())
        return self._samples

    def warm_up(self) -> None:
        """Load the encoder, so that frames are processed at an even pace from now on."""
        size = self.model.encoder.view_spec.size
        view, moment = np.zeros((1, size, size, 3), np.uint8), Moment(0, 0, Fraction(1), 0.0)
        self.model.encoder.encode(FrameBatch(view, (moment,)))

    def process(self, request: FrameRequest) -> None:
        """Decode and score the frames of `request`.

        Progress counts the frames decoded; their total is known only if all frames are requested.

        Raises
        ------
        SourceError
            No frame could be decoded, by this request or an earlier one.
        """
        self._begin(request)
        frames = self.source.frames(request)
        for batch, measures, vectors in encoded(frames, self.model.encoder):
            self._keep(vectors, measures)
            self._filmstrip.add([moment.time_seconds for moment in batch.moments], batch.views)
            self._tell(request)
        self._finish(request)

    def take(self, pieces: Iterable[ScoredPiece]) -> None:
        """Keep every frame of the video, as `process` does; other processes have scored them."""
        request = FrameRequest()
        self._begin(request)
        for piece in pieces:
            frame_indices, checksums = piece.rows["frame_index"], piece.rows["checksum"]
            self.source.recall(SourceMemory(frame_indices, checksums, 0, piece.has_fields))
            vectors = _vectors(piece.rows, piece.time_base, self.model.encoder.encoder_id)
            self._keep(vectors, piece.rows["measures"])
            self._filmstrip.recall(piece.filmstrip)
            self._tell(request)
        self._finish(request)

    def _begin(self, request: FrameRequest) -> None:
        if self._entry:
            kind: SetKind = "complete" if request.is_everything else "partial"
            self._entry.begin_frames(kind, self.source.time_base)

    def _tell(self, request: FrameRequest) -> None:
        total = self.source.info.packet_count if request.is_everything else None
        self._progress(len(self._recorder), total)

    def _finish(self, request: FrameRequest) -> None:
        self._update(self._recorder.samples())
        if not len(self.samples):
            raise SourceError(f"{self.source.info.name}: no frame could be decoded")
        self.is_complete |= request.is_everything
        if self._entry:
            if request.is_everything:
                self._entry.keep_filmstrip(self._filmstrip.filmstrip())
            memory = self.source.memory()
            self._entry.finish_frames(memory.error_count, memory.has_fields)

    def refresh(self) -> None:
        """Let frames of a request that is still running count among the samples already."""
        if len(self._recorder) > self._counted:
            self._update(self._recorder.samples())

    @property
    def has_samples(self) -> bool:
        """Whether any frame was processed or recalled."""
        return self._samples is not None

    @property
    def samples(self) -> Samples:
        """All frames processed so far; raises `UsageError` before the first."""
        if self._samples is None:
            raise UsageError(f"{self.source.info.name}: no frame was processed; explore it first")
        return self._samples

    @property
    def curve(self) -> ScoreCurve:
        """The scores of `samples`, smoothed within shots, whatever is left out of the choice."""
        if self._curve is None:
            nothing = np.zeros(len(self.samples), np.bool_)
            self._curve = to_curve(self.samples.with_excluded(nothing))
        return self._curve

    def content_of(self, rows: NDArray[np.int64]) -> Vectors:
        """Content vectors (n, C) of `rows` (n,) of the samples."""
        return self._recorder.content_of(rows)

    def comparable(self, rows: NDArray[np.int64]) -> Comparable:
        """Give what `rows` (n,) of the samples are compared with frames of other videos by."""
        return Comparable(self._recorder.picture_scores(rows), self._recorder.content_of(rows))

    def detail_measures(self, moments: Sequence[Moment]) -> Iterator[DetailMeasures]:
        """Measure the frames of `moments` at full size, omitting those that are not found again."""
        known = self._entry.detail_measures(moments) if self._entry else []
        yield from known
        done = {one.moment for one in known}
        missing = [moment for moment in moments if moment not in done]
        looks_at_faces = self.model.face_finder is not None
        found = list(self.source.detail_measures(missing, looks_at_faces)) if missing else []
        if self._entry and found:
            self._entry.keep_detail_measures(found)
        yield from found

    def faces(self, moments: Sequence[Moment]) -> list[FrameFaces]:
        """Find the faces of the frames of `moments`, omitting frames that are not found again.

        Without a finder of faces, all are omitted.
        """
        if self.model.face_finder is None:
            return []
        new = [moment for moment in moments if moment.frame_index not in self._faces]
        known = self._entry.faces(new) if self._entry else []
        done = {one.moment for one in known}
        found = self._find_faces([moment for moment in new if moment not in done])
        if self._entry and found:
            self._entry.keep_faces(found)
        self._faces |= {one.moment.frame_index: one for one in (*known, *found)}
        indices = [moment.frame_index for moment in moments]
        return [self._faces[at] for at in indices if at in self._faces]

    def pictures(self, moments: Sequence[Moment]) -> dict[Moment, bytes]:
        """Give small JPEG files of the frames of `moments`, of those that are found again."""
        known = self._entry.pictures(moments) if self._entry else {}
        missing = [moment for moment in moments if moment not in known]
        stills = self.source.small_pictures(missing, THUMBNAIL_SIDE) if missing else ()
        found = {
            still.moment: thumbnail(still.pixels.astype(np.uint8, copy=False)) for still in stills
        }
        if self._entry and found:
            self._entry.keep_pictures(found)
        return known | found

    def _find_faces(self, moments: Sequence[Moment]) -> list[FrameFaces]:
        if self.model.face_finder is None or not moments:
            return []
        return list(map(self.model.face_finder.find, self.source.small_pictures(moments)))

    def veto(self, frame_indices: Collection[int]) -> None:
        """Mark frames as damaged, because they decode differently each time."""
        self._vetoed |= frozenset(frame_indices)
        self._update(self._recorder.samples())

    def keep_titles(self, keep: bool) -> None:
        """Let titles count as pictures in the samples, or mark them, as is done at first."""
        if keep == self._keeps_titles:
            return
        self._keeps_titles = keep
        if self._samples is not None:
            self._update(self._recorder.samples())

    def use_taste(self, taste: Taste | None) -> None:
        """Let another taste move the scores of all frames, those so far too; None for no taste."""
        before, self.taste = self.taste, taste
        if _label(before) == _label(taste):
            return
        moves = [
            self._moves(content, scores, measures)
            for content, scores, measures in self._recorder.parts()
        ]
        known = [one for one in moves if one is not None]
        self._recorder.move(np.concatenate(known) if known else None)
        if self._samples is not None:
            self._update(self._recorder.samples())

    def limit(self, scope: Scope) -> None:
        """Mark frames outside of `scope` as left out in the samples; by default none are."""
        if scope == self._scope:
            return
        self._scope = scope
        if self._samples is not None:
            self._update(self._recorder.samples())

    def filmstrip(self) -> Filmstrip:
        """Small pictures along the video, of the frames processed so far."""
        return self._filmstrip.filmstrip()

    def close(self) -> None:
        """End the decoder, remove working data and release the cache entry."""
        self.source.close()
        if self._entry and self._samples is not None and not self.is_complete:
            self._entry.keep_filmstrip(self._filmstrip.filmstrip())
        self._recorder.close()
        if self._entry:
            self._entry.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _keep(self, vectors: Embeddings, measures: NDArray[np.void]) -> None:
        self._record(vectors, measures)
        if self._entry:
            memory = self.source.memory([moment.frame_index for moment in vectors.moments])
            self._entry.add_frames(frame_rows(vectors, memory.checksums, measures))

    def _record(self, vectors: Embeddings, measures: NDArray[np.void]) -> None:
        scorer = self.model.scorer
        scores = scorer.score(vectors)
        moved = self._moves(vectors.content, scores, measures)
        self._recorder.add(vectors, scores, measures, scorer.moments(vectors), moved)

    def _moves(self, content: Vectors, scores: Floats, measures: NDArray[np.void]) -> Floats | None:
        """Give the points that the taste moves scores (N,) by; None where none does."""
        if self.taste is None or self.taste.label is None:
            return None
        return self.taste.moves_in_video(pictures_of_frames(content, scores, measures))

    def _update(self, samples: Samples) -> None:
        samples = samples.with_titles() if self._keeps_titles else samples
        if not self._scope.is_everything:
            samples = samples.with_excluded(excluded_rows(self._scope, samples))
        self._samples = samples.with_damaged(self._vetoed) if self._vetoed else samples
        self._counted = len(self._recorder)
        self._curve = None


def _label(taste: Taste | None) -> str | None:
    return taste.label if taste else None


def _vectors(rows: FrameRows, time_base: Fraction, encoder_id: str) -> Embeddings:
    columns = (rows[name].tolist() for name in ("frame_index", "pts", "seconds"))
    moments = (Moment(at, pts, time_base, time) for at, pts, time in zip(*columns, strict=True))
    aesthetic, content = (rows[name].astype(np.float32) for name in ("aesthetic", "content"))
    return Embeddings(aesthetic, content, tuple(moments), encoder_id)
