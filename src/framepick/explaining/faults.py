"""Names of the faults that a network deducts points for, in the order of its columns."""

from __future__ import annotations

from collections.abc import Mapping

from framepick.types import Floats

FAULTS = (
    "motion_blur",
    "defocus",
    "underexposure",
    "overexposure",
    "noise",
    "colour_cast",
    "washed_out",
    "compression",
    "upscaled",
    "tilt",
    "bad_crop",
    "backlight",
    "mixed",
)
"""As `distortions.KINDS`, which needs torch."""


def by_name(deductions: Floats) -> Mapping[str, float]:
    """Name deductions (K,); nothing for a network that was taught other faults."""
    if len(deductions) != len(FAULTS):
        return {}
    return dict(zip(FAULTS, deductions.tolist(), strict=True))
