"""Scorers of views, and the views to score."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from framepick.aesthetic import AestheticModel
from framepick.errors import SourceError
from framepick.sources.photos import load_view
from framepick.sources.views import resize_view
from framepick.types import Floats, ViewSpec

Views = NDArray[np.uint8]
"""(N, S, S, 3) RGB."""
ScoreViews = Callable[[Views], Floats]
"""Maps views to scores (N,), higher is better, on any scale."""
BATCH = 16
_ANY_VIEW = ViewSpec(32)


def model_scores(model: AestheticModel) -> ScoreViews:
    """Score views as frames of a video are scored; views of another size are resized first."""
    return of_any_size(
        lambda views: model.scorer.score(model.encode_views(views)), model.encoder.view_spec
    )


def of_any_size(score: ScoreViews, spec: ViewSpec) -> ScoreViews:
    """Let a score of views of `spec` take views of any size, which are resized first."""

    def score_any(views: Views) -> Floats:
        if views.shape[1] != spec.size:
            views = np.stack([resize_view(view, spec) for view in views])
        return score(views)

    return score_any


def photo_views(paths: Sequence[Path], spec: ViewSpec) -> Iterator[Views]:
    """Yield views of photos in order, `BATCH` at a time.

    Raises
    ------
    SourceError
        A photo cannot be read.
    """
    for start in range(0, len(paths), BATCH):
        yield np.stack([load_view(path, spec) for path in paths[start : start + BATCH]])


def readable(paths: Sequence[Path], note: Callable[[str], None]) -> NDArray[np.int64]:
    """Return the positions of readable photos; `note` is called with the reason for each other."""
    places = []
    for place, path in enumerate(paths):
        try:
            load_view(path, _ANY_VIEW)
        except SourceError as error:
            note(f"skipped: {error}")
        else:
            places.append(place)
    return np.array(places, np.int64)


def evenly_spaced(count: int, most: int) -> NDArray[np.int64]:
    """Return all of 0 to `count` - 1, or `most` of them, evenly spaced from the first on."""
    kept = min(count, most)
    return np.arange(kept) * count // max(1, kept)
