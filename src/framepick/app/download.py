"""Files that a browser may fetch as one archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Download:
    """Files that lie on this machine, and what their archive is called."""

    name: str
    files: Sequence[tuple[str, Path]]
    """The name of each within the archive, and where it lies."""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(path.stat().st_size for _, path in self.files)
