"""Scripts and styles of the app, as text."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def text(name: str) -> str:
    """Give a file of this package, by its path within."""
    return files("framepick.app").joinpath(name).read_text(encoding="utf-8")
