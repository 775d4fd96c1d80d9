"""Reprs that show large values by their shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import fields
from typing import Any

import numpy as np

_SHOWN_ITEMS = 8
"""Longer collections are shown by their length."""


class ShapeRepr:
    """Mixin for dataclasses made with `repr=False`: arrays are shown as dtype and shape."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Give the class and its fields on one line."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))  # type: ignore[arg-type]
        shown = ", ".join(f"{name}={summary(value)}" for name, value in values)
        return f"{type(self).__name__}({shown})"


def summary(value: Any) -> str:
    """Give the repr of `value`, of arrays and long collections their type and size alone."""
    if isinstance(value, np.ndarray):
        return f"<{'records' if value.dtype.names else value.dtype} {value.shape}>"
    is_collection = isinstance(value, (Sequence, Mapping, Set)) and not isinstance(value, str)
    if is_collection and len(value) > _SHOWN_ITEMS:
        return f"<{type(value).__name__} of {len(value)}>"
    return repr(value)
