"""Files that are known by a URL: objects in a store, and files of this machine beside them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import quote_from_bytes, unquote

from framepick.errors import UsageError

STORES = ("s3", "gs")
"""Protocols of object stores."""
_LOCAL = "file"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://", re.ASCII)


@dataclass(frozen=True, slots=True)
class UrlFile:
    """A file with a URL, and what was listed of it, which is no part of its identity."""

    url: str
    size: int = field(default=-1, compare=False)
    """Bytes; -1 where there is no such file."""
    mtime_ns: int = field(default=0, compare=False)
    etag: str = field(default="", compare=False)
    """Names the content, as the store gives it; '' if it does not."""

    @property
    def protocol(self) -> str:
        """The scheme of the URL."""
        return self.url.partition("://")[0]

    @property
    def path(self) -> str:
        """What follows the scheme: bucket and key, or the path of a file of this machine."""
        return self.url.partition("://")[2]

    @property
    def local(self) -> Path | None:
        """The path of a file of this machine; None for one in a store."""
        return Path(self.path) if self.protocol == _LOCAL else None

    @property
    def name(self) -> str:
        """The last part of the path, as a name that a file can have."""
        name = self.path.rpartition("/")[2].replace("\0", "_")
        return "_" if name in ("", ".", "..") else name

    @property
    def stem(self) -> str:
        """The name without its ending."""
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        """The ending of the name, with its dot."""
        return PurePosixPath(self.name).suffix

    @property
    def parent(self) -> str:
        """The URL up to the last slash."""
        return self.url.rpartition("/")[0]

    @property
    def quoted(self) -> str:
        """The URL with everything percent-encoded that is special in one."""
        path = quote_from_bytes(self.path.encode(errors="surrogateescape"), safe="/")
        return f"{self.protocol}://{path}"

    def __str__(self) -> str:
        return self.url


MediaFile = Path | UrlFile
"""A file to work on."""


def is_store_url(text: str) -> bool:
    """Tell whether a text is the URL of something in an object store."""
    found = _SCHEME.match(text)
    return bool(found) and text[: found.end() - 3].lower() in STORES  # type: ignore[union-attr]


def place_of(text: str) -> MediaFile:
    """Give what a user names: a path, also as a file:// URL, or a place in an object store.

    A text that looks like a URL and is the name of a file stays the name of that file.

    Raises
    ------
    UsageError
        It is a URL of another kind.
    """
    found = _SCHEME.match(text)
    if not found or os.path.exists(text):
        return Path(text)
    protocol, rest = found[1].lower(), text[found.end() :]
    if protocol == _LOCAL:
        return _local_path(rest.removeprefix("localhost"))
    if protocol not in STORES:
        raise UsageError(
            f"{text}: {protocol}:// is no place that videos are read from; "
            f"name a path, or a URL that begins with {_named(STORES)}; download other files first"
        )
    if not rest.strip("/"):
        raise UsageError(f"{text}: names no bucket; write {protocol}://BUCKET/FOLDER")
    return UrlFile(f"{protocol}://{rest.lstrip('/')}")


def file_of(text: str) -> MediaFile:
    """Undo `str` of a `MediaFile`."""
    return UrlFile(text) if _SCHEME.match(text) else Path(text)


def full_name(file: MediaFile) -> str:
    """Give the absolute path of a file, or its URL."""
    return os.path.abspath(file) if isinstance(file, Path) else str(file.local or file)


def url_of(path: Path) -> UrlFile:
    """Give the URL of an absolute path; the path stands in it as it is."""
    return UrlFile(f"{_LOCAL}://{path}")


def _local_path(rest: str) -> Path:
    is_plain = os.path.exists(rest)
    return Path(rest if is_plain else unquote(rest, errors="surrogateescape"))


def _named(protocols: tuple[str, ...]) -> str:
    return " or ".join(f"{one}://" for one in protocols)
