"""The cache folder: an entry for each video and encoder, and one for all photos of an encoder.

Networks lie there, too, as they were compiled. The least recently used go first.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import platformdirs

from framepick.byte_size import bytes_of
from framepick.cache.entry import CacheEntry
from framepick.cache.in_use import remove_unused
from framepick.cache.photo_cache import PhotoCache
from framepick.encoding.identity import NETWORK_SUFFIX
from framepick.errors import UsageError

FOLDER_VARIABLE = "FRAMEPICK_CACHE"
LIMIT_VARIABLE = "FRAMEPICK_CACHE_LIMIT"
DEFAULT_LIMIT_BYTES = 2 << 30
_SUFFIX = ".framepick"
_OURS = re.compile(
    r"([0-9a-f]{40}\.framepick)(-journal|-wal|-shm|-lock|-lock-journal)?"
    rf"|([0-9a-f]{{40}}{NETWORK_SUFFIX})",
    re.ASCII,
)


def default_folder() -> Path:
    """$FRAMEPICK_CACHE, or the cache folder of the platform."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else platformdirs.user_cache_path("framepick", appauthor=False)


def networks_folder() -> Path | None:
    """Where compiled networks are kept: the default folder, None if nothing is to be kept."""
    with suppress(UsageError):
        return default_folder() if default_limit() > 0 else None
    return None


def default_limit() -> int:
    """Bytes that all entries may take: $FRAMEPICK_CACHE_LIMIT, such as 500M, or 2 GiB.

    Raises
    ------
    UsageError
        The variable says no size.
    """
    text = os.environ.get(LIMIT_VARIABLE, "").strip()
    if not text:
        return DEFAULT_LIMIT_BYTES
    try:
        return bytes_of(text)
    except ValueError as error:
        raise UsageError(f"{LIMIT_VARIABLE}: {error}, or 0 for none") from None


@dataclass(frozen=True, slots=True)
class _File:
    """One entry as it lies there, with what belongs to it."""

    path: Path
    size: int
    used: float
    """When it was used last, in seconds since the epoch."""


class Cache:
    """All entries in `folder`, which need not exist, together of `limit_bytes` at most.

    The limit is kept when an entry is opened and when one is closed; 0 keeps nothing at all.
    Only files named as entries are, in this very folder, are ever removed.
    """

    def __init__(self, folder: Path, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes

    def open(self, fingerprint: str, encoder_id: str) -> CacheEntry | None:
        """Open the entry of a video under an encoder, an empty one where there is none.

        None where that cannot be: the folder is not writable, the disk is full, and so on.
        """
        if self._limit_bytes <= 0:
            return None
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / _name(fingerprint, encoder_id)
        entry = CacheEntry.open(path, self._limit_bytes, self._trim)
        if entry:
            with suppress(OSError):
                os.utime(path)
            self._trim()
        return entry

    def open_photos(self, encoder_id: str) -> PhotoCache:
        """Open what is kept of photos under an encoder; it is off where that cannot be."""
        if self._limit_bytes <= 0:
            return PhotoCache.off()
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / _name("photos", encoder_id)
        photos = PhotoCache.open(path, self._limit_bytes, self._trim)
        with suppress(OSError):
            os.utime(path)
        self._trim()
        return photos

    def size(self) -> int:
        """Bytes that all entries take."""
        return sum(file.size for file in self._files())

    def clear(self) -> int:
        """Remove all entries that are not in use; give the number of bytes freed."""
        before = self.size()
        self._trim(0)
        return before - self.size()

    def _trim(self, limit_bytes: int | None = None) -> None:
        """Remove what was not used for longest until the rest keeps the limit."""
        limit = self._limit_bytes if limit_bytes is None else limit_bytes
        files = sorted(self._files(), key=lambda file: file.used)
        total = sum(file.size for file in files)
        for file in files:
            if total <= limit:
                break
            if _is_removed(file.path):
                total -= file.size

    def _files(self) -> list[_File]:
        found: dict[str, _File] = {}
        with suppress(OSError), os.scandir(self._folder) as inside:
            for item in inside:
                if named := _OURS.fullmatch(item.name):
                    with suppress(OSError):
                        name = named[1] or named[3]
                        found[name] = _joined(found.get(name), self._folder / name, item)
        return list(found.values())


def _joined(before: _File | None, path: Path, item: os.DirEntry[str]) -> _File:
    """An entry with one more of its files; links count as themselves."""
    facts = item.stat(follow_symlinks=False)
    size, used = (before.size, before.used) if before else (0, 0.0)
    return _File(path, size + facts.st_size, max(used, facts.st_mtime))


def _is_removed(path: Path) -> bool:
    """Remove an entry that is not in use, or a network; tell whether it is gone."""
    if path.suffix != NETWORK_SUFFIX:
        return remove_unused(path)
    with suppress(OSError):
        path.unlink()
        return True
    return False


def _name(fingerprint: str, encoder_id: str) -> str:
    text = f"{len(fingerprint)} {fingerprint} {encoder_id}".encode()
    return blake2b(text, digest_size=20).hexdigest() + _SUFFIX
