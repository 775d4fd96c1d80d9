"""Scores some frames of a video for another process, which picks from all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from framepick.cache.rows import frame_rows
from framepick.encoding.batches import in_batches
from framepick.encoding.repeats import RepeatEncoder
from framepick.filmstrip import FilmstripRecorder
from framepick.measures import as_rows
from framepick.parts.files import PieceFolder, ScoredPiece
from framepick.plans.splitting import Piece
from framepick.protocols import Encoder, Progress, Source
from framepick.recording import as_kept
from framepick.types import Embeddings, Frame, FrameBatch


def encoded(
    frames: Iterable[Frame], encoder: Encoder
) -> Iterator[tuple[FrameBatch, NDArray[np.void], Embeddings]]:
    """Give frames in batches, with rows of their measures and the vectors that are kept."""
    repeats = RepeatEncoder(encoder)
    for batch, measures in in_batches(frames, encoder.batch_size):
        yield batch, as_rows(measures), as_kept(repeats.encode(batch))


def score_pieces(
    source: Source,
    encoder: Encoder,
    pieces: Sequence[Piece],
    folder: PieceFolder,
    progress: Progress,
) -> bool:
    """Score pieces and write them to `folder`.

    False as soon as a frame is damaged or lost: then the frames after it depend on it, and one
    process has to decode them all.

    Raises
    ------
    SourceError
        The source fails or is closed.
    OSError
        A piece cannot be written.
    """
    total, done = sum(map(len, pieces)), 0

    def tell(more: int, _: int | None) -> None:
        progress(done + more, total)

    for piece in pieces:
        scored = _score(source, encoder, piece, tell)
        if scored is None:
            return False
        folder.write(piece, scored)
        done += len(scored.rows)
    return True


def _score(source: Source, encoder: Encoder, piece: Piece, tell: Progress) -> ScoredPiece | None:
    strip, groups, count = FilmstripRecorder(source.info), [], 0
    frames = (one for one in source.frames(piece.request) if one.moment.frame_index >= piece.start)
    for batch, measures, vectors in encoded(frames, encoder):
        moments = batch.moments
        memory = source.memory([moment.frame_index for moment in moments])
        groups.append(frame_rows(vectors, memory.checksums, measures))
        strip.add([moment.time_seconds for moment in moments], batch.views)
        count += len(moments)
        tell(count, None)
    memory = source.memory()
    if memory.error_count or not groups:
        return None
    rows = np.concatenate(groups)
    is_whole = np.array_equal(rows["frame_index"], np.arange(piece.start, piece.end))
    if not is_whole or rows["measures"]["is_damaged"].any():
        return None
    return ScoredPiece(rows, source.time_base, memory.has_fields, strip.filmstrip())
