"""Parameters of a test of which a few stand for all: the others are marked slow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def representative(values: Iterable[Any], *kept: Any) -> list[Any]:
    """Give all `values` as parameters, those that are not `kept` marked slow.

    A tuple is the values of several parameters.
    """
    found = list(values)
    assert set(kept) <= set(found), "a value that is kept is none of them"
    return [one if one in kept else _slow(one) for one in found]


def _slow(value: Any) -> Any:
    values = value if isinstance(value, tuple) else (value,)
    return pytest.param(*values, marks=pytest.mark.slow)
