"""Whether a picture that was stored or sized another way is still as good."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from framepick.evaluation.scores import BATCH, ScoreViews
from framepick.metrics import spearman
from framepick.sources.photos import load_photo
from framepick.sources.views import resize_view
from framepick.types import Floats, Pixels, ViewSpec


def recompressed(pixels: Pixels, quality: int) -> Pixels:
    """Through JPEG at `quality` and back."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))


def resized(pixels: Pixels, share: float) -> Pixels:
    """Sides times `share`, by a cubic filter."""
    height, width = (max(1, round(side * share)) for side in pixels.shape[:2])
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC))


COPIES: Mapping[str, Callable[[Pixels], Pixels]] = {
    "JPEG 50": partial(recompressed, quality=50),
    "JPEG 75": partial(recompressed, quality=75),
    "JPEG 90": partial(recompressed, quality=90),
    "half size": partial(resized, share=0.5),
    "0.7 of the size": partial(resized, share=0.7),
    "1.5 of the size": partial(resized, share=1.5),
}
"""Made of the whole picture, before its view is made."""


@dataclass(frozen=True, slots=True)
class SamenessFigures:
    """How a score holds over one kind of copy."""

    copy: str
    spearman: float
    """Rank correlation of the copies' scores with the originals'."""
    change: float
    """Mean absolute change, in standard deviations of the originals' scores."""


def judge_sameness(
    scores: Mapping[str, ScoreViews], paths: Sequence[Path], spec: ViewSpec
) -> dict[str, tuple[SamenessFigures, ...]]:
    """Figures by method and kind of copy on two or more photos; SourceError if one is unreadable.

    A score that is the same for all originals has nan for figures.
    """
    found: dict[str, list[Floats]] = {name: [] for name in scores}
    makers: tuple[Callable[[Pixels], Pixels], ...] = (lambda pixels: pixels, *COPIES.values())
    for start in range(0, len(paths), BATCH):
        photos = [load_photo(path) for path in paths[start : start + BATCH]]
        versions = [_views(photos, make, spec) for make in makers]
        for name, score in scores.items():
            found[name].append(np.stack([score(views) for views in versions]))  # (1 + K, n)
    return {name: _figures(np.concatenate(parts, axis=1)) for name, parts in found.items()}


def _views(
    photos: Sequence[Pixels], make: Callable[[Pixels], Pixels], spec: ViewSpec
) -> np.ndarray:
    return np.stack([resize_view(make(pixels), spec) for pixels in photos])


def _figures(scores: Floats) -> tuple[SamenessFigures, ...]:
    originals, copies = scores[0], scores[1:]
    spread = float(originals.std()) if np.ptp(originals) > 0.0 else float("nan")
    return tuple(
        SamenessFigures(
            name, spearman(row, originals), float(np.abs(row - originals).mean()) / spread
        )
        for name, row in zip(COPIES, copies, strict=True)
    )
