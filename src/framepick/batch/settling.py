"""Which files of watched folders stand still: they were copied or recorded to their end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from framepick.urls import MediaFile, UrlFile


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes as a file is written."""

    size: int
    mtime_ns: int


def stamps_of(files: Iterable[MediaFile]) -> dict[MediaFile, Stamp]:
    """Look at files; those that are gone meanwhile are left out."""
    found = {}
    for file in files:
        with suppress(OSError):
            found[file] = _stamp(file)
    return found


def _stamp(file: MediaFile) -> Stamp:
    if isinstance(file, UrlFile):
        return Stamp(file.size, file.mtime_ns)
    facts = file.stat()
    return Stamp(facts.st_size, facts.st_mtime_ns)


@dataclass(slots=True)
class Settling:
    """Remembers since when files are as they are."""

    seconds: float
    """How long a file has to stand still."""
    _since: dict[MediaFile, tuple[Stamp, float]] = field(default_factory=dict)

    def settled(self, files: Mapping[MediaFile, Stamp], now: float) -> dict[MediaFile, Stamp]:
        """Give those of all `files` that have stood still, in their order.

        `now` is in seconds of any steady clock. Empty files are not there yet.
        """
        self._since = {file: self._seen(file, stamp, now) for file, stamp in files.items()}
        return {
            file: stamp
            for file, (stamp, since) in self._since.items()
            if stamp.size and now - since >= self.seconds
        }

    def _seen(self, file: MediaFile, stamp: Stamp, now: float) -> tuple[Stamp, float]:
        before = self._since.get(file)
        return before if before and before[0] == stamp else (stamp, now)
