"""How far a camera has turned: global translation between small pictures, added up (pure).

Two pictures are compared by normalised cross-correlation over their overlap at every shift, which,
unlike phase correlation, still finds shifts of 40 % of the width. Luma is made small, freed of
what changes slowly across the picture (light, vignetting) and brought to even contrast, so that no
bright lamp and no logo outweighs the rest. `Tracker` adds up shifts and keeps some of the views
that it passed, so that errors do not grow where the camera returns.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from framepick.shape_repr import ShapeRepr
from framepick.types import Pixels

SIDE = 64
"""Side in pixels of what is compared."""
MAX_SHIFT = 0.6
"""Largest shift that is looked for, in shares of the width and the height."""
LEAST_CORRELATION = 0.4
LEAST_EVIDENCE = 12.0
"""Log-likelihood ratio against chance from which a shift is believed."""
KEY_DISTANCE = 0.2
"""A view this far from all key views becomes one, in shares of the width and height."""
MOST_KEYS = 64

_SLOW_SIGMA = 3.0  # of the blur that tells what changes slowly, in pixels
_LOCAL_SIGMA = 4.0  # of the neighbourhood whose contrast is evened out
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_LEAST_CONTRAST = 1.0  # of luma from 0 to 255: what is flatter stays flat
_PIXELS_EACH = 12.0  # neighbouring pixels are alike: so many tell as much as one
_LEAST_ENERGY = 1.0  # in squared texture: less than that is rounding
_SPAN = 2 * SIDE
_REACH = round(MAX_SHIFT * SIDE)

_Map = NDArray[np.float32]
_Spectrum = NDArray[np.complex64]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Texture(ShapeRepr):
    """What pictures are compared by."""

    spectrum: _Spectrum
    """Of the texture, padded to twice its side."""
    energy: _Spectrum
    """Of its square."""


@dataclass(frozen=True, slots=True)
class Shift:
    """How the camera turned from one picture to another."""

    dx: float
    """To the right, in shares of the picture's width."""
    dy: float
    """Down, in shares of its height."""
    confidence: float
    """Correlation of what both pictures show, up to 1."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a camera looks."""

    place: int
    """Positions of different places cannot be compared: the way between them is unknown."""
    x: float
    """To the right of where the place was entered, in shares of the picture's width."""
    y: float
    """Down, in shares of its height."""

    def distance(self, other: Position) -> float:
        """Give the distance in shares of the picture's size; infinite between places."""
        if self.place != other.place:
            return math.inf
        return math.hypot(self.x - other.x, self.y - other.y)

    def moved(self, shift: Shift) -> Position:
        return Position(self.place, self.x + shift.dx, self.y + shift.dy)


def texture_of(view: Pixels) -> Texture:
    """Give the texture of a view (S, S, 3), S at least `SIDE`."""
    small = _small(view.astype(np.float32) @ _LUMA)
    fine = small - _blurred(small, _SLOW_SIGMA)
    local = _blurred(fine * fine, _LOCAL_SIGMA)
    even = np.clip(fine / np.sqrt(local + _LEAST_CONTRAST**2), -1.0, 1.0)
    return Texture(_spectrum(even), _spectrum(even * even))


def shift_between(first: Texture, second: Texture) -> Shift | None:
    """Give the shift of the camera from `first` to `second`; None if they have nothing in common.

    The shift is the likeliest one, and believed if chance would hardly correlate so much of both
    pictures so well. Precise to about a fifth of a pixel of `SIDE`.
    """
    energies = _correlate(first.energy, _ones()) * _correlate(_ones(), second.energy)
    product = _correlate(first.spectrum, second.spectrum)
    correlation = product / np.sqrt(np.maximum(energies, _LEAST_ENERGY**2))
    correlation = np.clip(correlation, 0.0, 0.999)
    evidence = -0.5 * _overlap() / _PIXELS_EACH * np.log1p(-(correlation**2))
    row, column = np.unravel_index(int(np.argmax(evidence)), evidence.shape)
    found = float(correlation[row, column])
    if found < LEAST_CORRELATION or evidence[row, column] < LEAST_EVIDENCE:
        return None
    down, right = _vertex(evidence, int(row), int(column))
    return Shift((right - _REACH) / SIDE, (down - _REACH) / SIDE, found)


@dataclass(frozen=True, slots=True, eq=False)
class _Key:
    texture: Texture
    position: Position


class Tracker:
    """Follows where a camera looks, from view to view.

    A view is matched with the nearest key view, else with the view before, else with all key views;
    what matches nothing begins another place. The memory is that of `MOST_KEYS` key views.
    """

    def __init__(self) -> None:
        self._keys: deque[_Key] = deque(maxlen=MOST_KEYS)
        self._last: _Key | None = None
        self._places = 0

    def add(self, view: Pixels) -> Position:
        """Give the position of the next view (S, S, 3)."""
        texture = texture_of(view)
        position = self._find(texture)
        if position is None:
            position, self._places = Position(self._places, 0.0, 0.0), self._places + 1
        self._last = _Key(texture, position)
        self._remember(self._last)
        return position

    def _find(self, texture: Texture) -> Position | None:
        if self._last is None:
            return None
        last = self._last.position
        step = _seen_from(self._last, texture)
        near = sorted(self._keys, key=lambda key: key.position.distance(step or last))
        for key in near[:2] if step else near:
            found = _seen_from(key, texture)
            if found and (step is None or found.distance(step) < KEY_DISTANCE / 2):
                return found
        return step

    def _remember(self, seen: _Key) -> None:
        distances = [key.position.distance(seen.position) for key in self._keys]
        is_new = min(distances, default=math.inf) > KEY_DISTANCE
        if is_new and shift_between(seen.texture, seen.texture):  # not if it is flat
            self._keys.append(seen)


def _seen_from(key: _Key, texture: Texture) -> Position | None:
    shift = shift_between(key.texture, texture)
    return key.position.moved(shift) if shift else None


def _small(luma: _Map) -> _Map:
    """Average luma (S, S) over cells, `SIDE` along each side."""
    starts = np.linspace(0, len(luma), SIDE + 1).astype(int)
    sizes = np.diff(starts).astype(np.float32)
    sums = np.add.reduceat(np.add.reduceat(luma, starts[:-1], axis=0), starts[:-1], axis=1)
    return np.asarray(sums / sizes[:, None] / sizes, np.float32)


def _blurred(small: _Map, sigma: float) -> _Map:
    weights = _gaussian(sigma)
    return np.asarray(weights @ small @ weights.T, np.float32)


@cache
def _gaussian(sigma: float) -> _Map:
    """Give the matrix that blurs columns; beyond the border there is nothing."""
    places = np.arange(SIDE, dtype=np.float32)
    weights = np.exp(-((places[:, None] - places) ** 2) / (2 * sigma**2))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


def _spectrum(texture: _Map) -> _Spectrum:
    return np.fft.rfft2(texture, (_SPAN, _SPAN)).astype(np.complex64)


def _correlate(first: _Spectrum, second: _Spectrum) -> _Map:
    """Sum of products over the overlap at every shift of the camera, (2 R + 1, 2 R + 1)."""
    whole = np.fft.irfft2(first * np.conj(second), (_SPAN, _SPAN))
    near = np.roll(whole, (_REACH, _REACH), (0, 1))[: 2 * _REACH + 1, : 2 * _REACH + 1]
    return near.astype(np.float32)


@cache
def _ones() -> _Spectrum:
    return _spectrum(np.ones((SIDE, SIDE), np.float32))


@cache
def _overlap() -> _Map:
    """Pixels that both pictures show, at every shift."""
    return _correlate(_ones(), _ones())


def _vertex(heights: _Map, row: int, column: int) -> tuple[float, float]:
    """Place the peak between pixels, by a parabola along each axis."""
    return (
        row + _offset(heights[row - 1 : row + 2, column]),
        column + _offset(heights[row, column - 1 : column + 2]),
    )


def _offset(three: _Map) -> float:
    if len(three) < 3:
        return 0.0
    before, peak, after = map(float, three)
    bend = before - 2 * peak + after
    return 0.5 * (before - after) / bend if bend < 0 else 0.0
