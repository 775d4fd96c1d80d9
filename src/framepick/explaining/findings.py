"""What can be measured to be wrong at a place of a picture: soft and burnt-out parts, a lean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from framepick.explaining.lean import find_lean
from framepick.explaining.regions import (
    Box,
    around_region,
    border_cells,
    box_around,
    cell_means,
    regions_of,
)
from framepick.explaining.softness import blur_radii
from framepick.types import Flags, Floats, Pixels

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
_LEAST_BLUR = 3.5
"""Pixels of a picture that is 480 long."""
_BLUR_RATIO = 4.0
"""How many times more blurred a soft part is than the sharpest quarter of the picture."""
_SHARPEST = 25.0
_LEAST_CELLS = 6
_AT_BORDER = 0.4
"""Border cells, for each cell of a soft part, that tell a soft background from a spot."""
_OVER_SURROUNDINGS = 2.0
"""How many times more blurred a soft part is than what is around it."""
_MOST_SHARE = 0.4
"""What covers more of a picture is no spot: a background out of focus, a white paper."""
_BURNT_ABOVE = 250
_BURNT_GRID = 26
_BURNT_CELL = 0.5
_LEAST_BURNT = 0.005
_LEAST_LEAN, _MOST_LEAN = 2.5, 10.0
"""Degrees: less is hardly seen, more is a line of the scene, such as of a wall in perspective."""


class FindingKind(StrEnum):
    """Kinds of what is found, and the values that come with each."""

    SOFT = "soft"
    """A part is far softer than the sharpest: `share` of the picture."""
    BURNT_OUT = "burnt_out"
    """A part is plain white: `share` of the picture."""
    LEANING = "leaning"
    """Most lines lean by `degrees`, above 0 where right ends are lower; the longest of them goes
    from `from_x`, `from_y` to `to_x`, `to_y`, in shares of width and height."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and where."""

    kind: FindingKind
    box: Box
    """The part of the picture; all of it for what leans."""
    values: Mapping[str, float] = field(default_factory=dict)


def findings_of(picture: Pixels) -> tuple[Finding, ...]:
    """Measure a picture (H, W, 3)."""
    return (*_soft_spot(picture), *_burnt_spot(picture), *_leaning(picture))


def _soft_spot(picture: Pixels) -> tuple[Finding, ...]:
    radii = blur_radii(picture)
    spots = (one for one in _spots(_blurred(radii), _LEAST_CELLS) if _stands_out(radii, one))
    return _found(FindingKind.SOFT, spots)


def _burnt_spot(picture: Pixels) -> tuple[Finding, ...]:
    burnt = _burnt(picture)
    return _found(FindingKind.BURNT_OUT, _spots(burnt, max(1, round(_LEAST_BURNT * burnt.size))))


def _blurred(radii: Floats) -> Flags:
    known = radii[np.isfinite(radii)]
    if not len(known):
        return np.zeros(radii.shape, np.bool_)
    least = max(_LEAST_BLUR, _BLUR_RATIO * float(np.percentile(known, _SHARPEST)))
    return np.asarray(np.nan_to_num(radii) > least, np.bool_)


def _stands_out(radii: Floats, region: Flags) -> bool:
    """Whether a region lies within the picture and is far softer than what is around it."""
    around = radii[around_region(region)]
    known = around[np.isfinite(around)]
    if border_cells(region) > _AT_BORDER * region.sum() or not len(known):
        return False
    return bool(np.median(radii[region]) >= _OVER_SURROUNDINGS * np.median(known))


def _burnt(picture: Pixels) -> Flags:
    white = (picture.min(axis=2) >= _BURNT_ABOVE).astype(np.float32)
    return np.asarray(cell_means(white, _BURNT_GRID, _BURNT_GRID) > _BURNT_CELL, np.bool_)


def _spots(marked: Flags, least: int) -> Iterator[Flags]:
    """Give the parts that are neither tiny nor most of the picture, the largest first."""
    return (one for one in regions_of(marked) if least <= one.sum() <= _MOST_SHARE * one.size)


def _found(kind: FindingKind, regions: Iterator[Flags]) -> tuple[Finding, ...]:
    region = next(regions, None)
    if region is None:
        return ()
    return (Finding(kind, box_around(region), {"share": float(region.mean())}),)


def _leaning(picture: Pixels) -> tuple[Finding, ...]:
    lean = find_lean(picture)
    if lean is None or not _LEAST_LEAN <= abs(lean.degrees) <= _MOST_LEAN:
        return ()
    ends = dict(zip(("from_x", "from_y", "to_x", "to_y"), lean.line, strict=True))
    return (Finding(FindingKind.LEANING, WHOLE, {"degrees": lean.degrees, **ends}),)
