"""The values of a live session, in the order in which they are made."""

from __future__ import annotations

from dataclasses import dataclass

from framepick.reasons import ReasonCode
from framepick.shape_repr import ShapeRepr
from framepick.types import Moment, Pixels, Vectors


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Observation(ShapeRepr):
    """One scored frame of a live source, as soon as it is scored."""

    moment: Moment
    """Times count from the start of the session."""
    view: Pixels
    """(S, S, 3) uint8 RGB."""
    content: Vectors
    """(C,) float32 of length 1; close vectors show the same thing."""
    score: float
    """Its raw score, to be compared with others of the session; NaN where vetoed."""
    level: float
    """Score expected from all frames so far; NaN before the first that is not vetoed."""
    zero: float
    """What to take off of scores, so that moments count from the median of the session so far: then
    they are those of a video."""
    variance: float
    """Variance of `level`."""
    shot: int
    """Number of the view that the camera has; another one after a cut or a move."""
    veto: ReasonCode | None
    """Why it may not be kept."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Settled(ShapeRepr):
    """A frame of which enough of what follows is known."""

    moment: Moment
    content: Vectors
    """(C,)"""
    score: float
    """Score expected from the frames before and after it."""
    shot: int
    veto: ReasonCode | None
