"""The table of distortions, table.toml: which there are, and how strong."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

import torch
from torch import Tensor

STRENGTHS = ("mild", "middle", "strong")
COMPOSITION = ("tilt", "bad_crop")
"""Distortions of composition; all others are technical."""


@dataclass(frozen=True, slots=True)
class StrengthScale:
    """The amount of a distortion at each strength."""

    unit: str
    amounts: tuple[float, ...]
    """At none, mild, middle and strong."""

    def amount(self, strength: Tensor) -> Tensor:
        """Interpolate amounts for strengths from 0 (none) over 1 and 2 to 3 (strong), any shape."""
        known = torch.tensor(self.amounts, dtype=torch.float32, device=strength.device)
        within = strength.clamp(0, len(known) - 1)
        start = within.floor().long().clamp(max=len(known) - 2)
        return known[start] + (within - start) * (known[start + 1] - known[start])


def fingerprint() -> str:
    """Return a hash of the table and of the code that distorts, for cache keys."""
    folder = resources.files("framepick.distortions")
    parts = ("table.toml", "kinds.py", "jpeg.py", "__init__.py")
    return hashlib.sha256(
        b"".join(folder.joinpath(part).read_bytes() for part in parts)
    ).hexdigest()


@cache
def read_table() -> dict[str, StrengthScale]:
    """Read the strengths of every kind of distortion from table.toml."""
    text = (
        resources.files("framepick.distortions").joinpath("table.toml").read_text(encoding="utf-8")
    )
    return {
        kind: StrengthScale(row["unit"], tuple(float(row[name]) for name in ("none", *STRENGTHS)))
        for kind, row in tomllib.loads(text).items()
    }
