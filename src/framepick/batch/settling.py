"""Which files of watched folders stand still: they were copied or recorded to their end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes as a file is written."""

    size: int
    mtime_ns: int


def stamps_of(files: Iterable[Path]) -> dict[Path, Stamp]:
    """Look at files; those that are gone meanwhile are left out."""
    found = {}
    for path in files:
        with suppress(OSError):
            facts = path.stat()
            found[path] = Stamp(facts.st_size, facts.st_mtime_ns)
    return found


@dataclass(slots=True)
class Settling:
    """Remembers since when files are as they are."""

    seconds: float
    """How long a file has to stand still."""
    _since: dict[Path, tuple[Stamp, float]] = field(default_factory=dict)

    def settled(self, files: Mapping[Path, Stamp], now: float) -> dict[Path, Stamp]:
        """Give those of all `files` that have stood still, in order of their paths.

        `now` is in seconds of any steady clock. Empty files are not there yet.
        """
        self._since = {path: self._seen(path, stamp, now) for path, stamp in files.items()}
        return {
            path: stamp
            for path, (stamp, since) in sorted(self._since.items())
            if stamp.size and now - since >= self.seconds
        }

    def _seen(self, path: Path, stamp: Stamp, now: float) -> tuple[Stamp, float]:
        before = self._since.get(path)
        return before if before and before[0] == stamp else (stamp, now)
