"""Scores photos and keeps their content vectors, with the encoder and recorder used for frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from framepick.aesthetic import AestheticModel
from framepick.encoding.batches import in_groups
from framepick.errors import FramepickError
from framepick.measures import as_rows, measure
from framepick.recording import Recorder, as_kept
from framepick.sources.photos import load_view
from framepick.types import FrameBatch, Moment, Pixels, Samples, Vectors


@dataclass(frozen=True, slots=True)
class PhotoScore:
    """One photo and its score, or the reason why it has none."""

    path: Path
    score: float | None
    error: str | None
    row: int | None = None
    """Row of the photo in `PhotoSession.samples`; None for a photo that cannot be read."""


class PhotoSession:
    """Scores a collection of photos. Close it, or use it in a `with` statement.

    Raises
    ------
    OutputError
        The temporary folder has no space for working data.
    """

    def __init__(self, model: AestheticModel) -> None:
        self._model = model
        self._recorder = Recorder()

    def process(self, paths: Iterable[Path]) -> Iterator[PhotoScore]:
        """Score photos in the order given; one that cannot be read has an error and no score."""
        for group in in_groups(paths, self._model.encoder.batch_size):
            views = [(path, self._load(path)) for path in group]
            scores = iter(self._keep([view for _, view in views if not isinstance(view, str)]))
            for path, view in views:
                if isinstance(view, str):
                    yield PhotoScore(path, None, view)
                else:
                    row, score = next(scores)
                    yield PhotoScore(path, score, None, row)

    @property
    def samples(self) -> Samples:
        """Scores and measures of all photos that could be read, a row each.

        The row of a photo serves as its time and as its frame index.
        """
        return self._recorder.samples()

    def content_of(self, rows: NDArray[np.int64]) -> Vectors:
        """Content vectors (n, C), of length 1, of `rows` (n,) of the samples."""
        return self._recorder.content_of(rows)

    def close(self) -> None:
        """Remove working data."""
        self._recorder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _load(self, path: Path) -> Pixels | str:
        try:
            return load_view(path, self._model.encoder.view_spec)
        except FramepickError as error:
            return str(error)

    def _keep(self, views: list[Pixels]) -> list[tuple[int, float]]:
        """Encode and score views and keep the results; give the row and the score of each."""
        if not views:
            return []
        first = len(self._recorder)
        rows = range(first, first + len(views))
        moments = tuple(Moment(row, row, Fraction(1), float(row)) for row in rows)
        vectors = as_kept(self._model.encoder.encode(FrameBatch(np.stack(views), moments)))
        scores = self._model.scorer.score(vectors)
        measures = as_rows([measure(view, None, is_damaged=False)[0] for view in views])
        self._recorder.add(vectors, scores, measures)
        return list(zip(rows, scores.tolist(), strict=True))


def score_photos(paths: Iterable[Path], model: AestheticModel) -> Iterator[PhotoScore]:
    """Score photos in the order given; one that cannot be read has an error and no score."""
    with PhotoSession(model) as session:
        yield from session.process(paths)
