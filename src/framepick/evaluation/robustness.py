"""Robustness: how much the score changes when a picture is recompressed or resized."""

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
    """Compress as JPEG at `quality`, and decode."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))


def resized(pixels: Pixels, share: float) -> Pixels:
    """Multiply both sides by `share`, with bicubic interpolation."""
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
"""Changes to the whole picture, before its view is made."""


@dataclass(frozen=True, slots=True)
class RobustnessFigures:
    """How a score changes under one kind of copy."""

    copy: str
    spearman: float
    """Rank correlation of the copies' scores with the originals'."""
    change: float
    """Mean absolute change, in standard deviations of the originals' scores."""


def measure_robustness(
    scores: Mapping[str, ScoreViews], paths: Sequence[Path], spec: ViewSpec
) -> dict[str, tuple[RobustnessFigures, ...]]:
    """Measure all methods on photos; SourceError if one is unreadable.

    The metrics of a score that is constant over the originals, or of one photo, are nan.
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


def _figures(scores: Floats) -> tuple[RobustnessFigures, ...]:
    originals, copies = scores[0], scores[1:]
    if np.ptp(originals) == 0.0:
        return tuple(RobustnessFigures(name, float("nan"), float("nan")) for name in COPIES)
    spread = float(originals.std())
    return tuple(
        RobustnessFigures(
            name, spearman(row, originals), float(np.abs(row - originals).mean()) / spread
        )
        for name, row in zip(COPIES, copies, strict=True)
    )
