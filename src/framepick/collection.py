"""The values of a collection of photos: what each holds, and its place in the collection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from framepick.faces.measures import Face
from framepick.reasons import Reason
from framepick.shape_repr import ShapeRepr
from framepick.sources.capture import Capture
from framepick.types import Vectors

LUMA_GRID = 16
"""Rows, and columns, of the grid that layouts of photos are compared by."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PhotoFacts(ShapeRepr):
    """All that is measured of one photo by itself."""

    size: tuple[int, int]
    """Width and height in pixels, upright; of a raw photo, those of its preview."""
    capture: Capture
    score: float
    moment: float
    """Its coordinate on the moment axis, which counts among similar photos only."""
    luma: float
    """Mean luma, 0 to 1."""
    veto: str
    """Code of its hard veto, '' if it has none."""
    content: Vectors
    """(C,) content vector, of length 1."""
    look: Vectors
    """(L,) measures of light, colour and texture, as `framepick.measures.looks` gives them."""
    luma_grid: NDArray[np.uint8]
    """(LUMA_GRID, LUMA_GRID) mean luma of the cells of a grid over the photo, 0 to 255."""
    structure: NDArray[np.float32]
    """(R, C, 3, 2) fine structure of its tiles, as `DetailMeasures` has it."""
    faces: tuple[Face, ...]
    """The most confident first."""
    moved: float | None = None
    """Points that a taste moved the score by; None without one. It is not cached."""

    @property
    def shown_score(self) -> float:
        """Its score; 0 for a photo with a hard veto, such as a black one."""
        return 0.0 if self.veto else self.score


THUMBNAIL_SIDES = (640, 260, 150)
"""Longer sides in pixels, at most, of the small pictures that are kept of each photo."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RankedPhoto(ShapeRepr):
    """One photo in its place in the collection."""

    path: Path
    content: str
    """Fingerprint of the file."""
    facts: PhotoFacts
    rank: int
    """1 is the best of the collection; the photos of a group follow each other."""
    group: int
    """Number of its group, from 1, in order of rank."""
    group_size: int
    is_best: bool
    """Whether it is the best of its group."""
    rating: int
    """Stars, 1 to 5, by its place in the collection."""
    percentile: float
    """Share of the collection that it is better than, 0 to 100."""
    reasons: tuple[Reason, ...]
    """Why it is the best of its group, or comes after the best, or is vetoed; empty where a photo
    is alone."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PhotoFailure(ShapeRepr):
    """A photo that could not be read."""

    path: Path
    error: str
    """One line that names the photo and the reason."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PhotoCollection(ShapeRepr):
    """A collection of photos in order, and those that could not be read."""

    photos: tuple[RankedPhoto, ...]
    """In order of rank."""
    failures: tuple[PhotoFailure, ...]
    encoder_id: str
    reference: str
    """Name of the photographs that count towards percentiles where there are few."""
    taste: str | None = None
    """Name and content of the taste that moved scores; None without."""

    @property
    def groups(self) -> Sequence[Sequence[RankedPhoto]]:
        """The photos by group, the best of each first."""
        starts = [at for at, photo in enumerate(self.photos) if photo.is_best]
        return [self.photos[start:end] for start, end in pairwise([*starts, len(self.photos)])]
