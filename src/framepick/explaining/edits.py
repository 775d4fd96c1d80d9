"""Changes that people make to pictures, as functions of a view and an amount (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from framepick.explaining.regions import smoothed
from framepick.types import Pixels, Vectors

_GAMMA = 2.2
_GREY = np.array([0.299, 0.587, 0.114], np.float32)
_SHARPENING_REACH = 1.0

Change = Callable[[Vectors, float], Vectors]
"""Takes a view (S, S, 3), 0 to 1, and an amount above or below 0; may leave 0 to 1."""


def _exposed(view: Vectors, stops: float) -> Vectors:
    return np.asarray(view * 2.0 ** (stops / _GAMMA), np.float32)


def _contrasted(view: Vectors, amount: float) -> Vectors:
    middle = float((view @ _GREY).mean())
    return np.asarray(middle + (view - middle) * (1 + amount), np.float32)


def _warmed(view: Vectors, amount: float) -> Vectors:
    return np.asarray(view * np.array([1 + amount, 1, 1 - amount], np.float32), np.float32)


def _saturated(view: Vectors, amount: float) -> Vectors:
    grey = (view @ _GREY)[..., None]
    return np.asarray(grey + (view - grey) * (1 + amount), np.float32)


def _sharpened(view: Vectors, amount: float) -> Vectors:
    """Sharpen by an amount above 0; below, blur by so many hundredths of the side."""
    if amount < 0:
        return blurred(view, -amount * 0.01 * len(view))
    return np.asarray(view + amount * (view - blurred(view, _SHARPENING_REACH)), np.float32)


def blurred(view: Vectors, reach: float) -> Vectors:
    """Blur the channels of a view (S, S, 3) by a Gaussian of `reach` pixels."""
    return np.stack([smoothed(view[..., one], reach) for one in range(3)], axis=-1)


CHANGES: Mapping[str, Change] = MappingProxyType(
    {
        "brightness": _exposed,
        "contrast": _contrasted,
        "warmth": _warmed,
        "saturation": _saturated,
        "sharpness": _sharpened,
    }
)
_AMOUNTS: Mapping[str, float] = MappingProxyType(
    {"brightness": 0.6, "contrast": 0.3, "warmth": 0.12, "saturation": 0.4, "sharpness": 1.0}
)
"""A change that people see at once."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change, by more or by less."""

    name: str
    """One of `CHANGES`."""
    amount: float

    @property
    def is_more(self) -> bool:
        """Whether there is more of it afterwards: brighter, not darker."""
        return self.amount > 0

    def apply(self, view: Pixels) -> Pixels:
        """Change a view (S, S, 3)."""
        light = np.asarray(view / np.float32(255), np.float32)
        changed = CHANGES[self.name](light, self.amount)
        return np.asarray(np.rint(np.clip(changed, 0, 1) * 255), np.uint8)


EDITS = tuple(
    Edit(name, sign * amount * strength)
    for name, amount in _AMOUNTS.items()
    for sign in (1, -1)
    for strength in (0.5, 1.0)
)
"""The changes that are tried, by half and by the whole of what people see at once."""
