"""Ways to find out where in a picture a score comes from."""

from __future__ import annotations

from enum import StrEnum


class Method(StrEnum):
    """Kinds of heat maps."""

    PARTS = "parts"
    """What the score is without each part: in points, coarse."""
    GUIDED = "guided"
    """Guided back-propagation: which pixels the score hangs on, fine, without a sign."""
    SMOOTH = "smooth"
    """The same, by the mean gradient of noisy copies."""
