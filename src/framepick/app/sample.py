"""The film that is shipped, to try the app on."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent
_PLACES = (_HERE / "sample.mp4", _HERE.parents[2] / "samples" / "edited.mp4")
"""In an installed package, and in a checkout."""
NAME = "sample.mp4"


def sample() -> Path | None:
    """Give the film, None where it was not installed."""
    return next((place for place in _PLACES if place.is_file()), None)
