"""The committed table of faults: which there are, and how strong."""

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
"""Faults of composition; all others are technical."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of a fault each strength means."""

    unit: str
    amounts: tuple[float, ...]
    """For no fault, mild, middle, strong."""

    def amount(self, strength: Tensor) -> Tensor:
        """Amounts for strengths from 0 (none) over 1 (mild) and 2 to 3 (strong), any shape."""
        known = torch.tensor(self.amounts, dtype=torch.float32, device=strength.device)
        within = strength.clamp(0, len(known) - 1)
        start = within.floor().long().clamp(max=len(known) - 2)
        return known[start] + (within - start) * (known[start + 1] - known[start])


def fingerprint() -> str:
    """Changes with the table and with the code that makes faults."""
    folder = resources.files("framepick.distortions")
    parts = ("table.toml", "kinds.py", "jpeg.py", "__init__.py")
    return hashlib.sha256(
        b"".join(folder.joinpath(part).read_bytes() for part in parts)
    ).hexdigest()


@cache
def read_table() -> dict[str, Scale]:
    """Scale of every kind of fault, from table.toml."""
    text = (
        resources.files("framepick.distortions").joinpath("table.toml").read_text(encoding="utf-8")
    )
    return {
        kind: Scale(row["unit"], tuple(float(row[name]) for name in ("none", *STRENGTHS)))
        for kind, row in tomllib.loads(text).items()
    }
