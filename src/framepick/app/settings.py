"""What is set when the app is started."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from framepick.app.roots import Roots

DEFAULT_UPLOAD_LIMIT = 4 << 30


@dataclass(frozen=True, slots=True)
class Settings:
    """How one server of the app runs."""

    roots: Roots
    upload_limit_bytes: int = DEFAULT_UPLOAD_LIMIT
    weights: Path | None = None
    """Other weights than those shipped."""
    grace_seconds: float = 20.0
    """How long after its tab is closed a session ends; until then a lost connection comes back."""
