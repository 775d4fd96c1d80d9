"""One kind of object store, over fsspec; objects are named by their URLs.

Requests that fail for a moment are sent again, after waits that grow, by the libraries below.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from glob import has_magic
from pathlib import Path
from typing import Any

from framepick.extras import require_extra
from framepick.stores.failures import as_few_errors, missing_is_bucket
from framepick.urls import UrlFile

BLOCK_BYTES = 16 << 20
"""Size of a request for a part of an object."""
_AT_ONCE = 16
_PACKAGES = {"s3": ("fsspec", "s3fs"), "gs": ("fsspec", "gcsfs")}
_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "s3": {
        "config_kwargs": {
            "connect_timeout": 10,
            "read_timeout": 30,
            "max_pool_connections": 2 * _AT_ONCE,
            "retries": {"max_attempts": 5, "mode": "standard"},
        }
    }
}
_PLAIN_BUCKETS = "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT"
"""What gcsfs takes from the environment: else it asks each bucket for its kind over gRPC, and
complains to standard error on each request where it may not."""
_LOGGERS = ("gcsfs", "google")
"""Whose warnings and tracebacks would stand beside the one line that we say."""
_TIMES = ("LastModified", "updated", "mtime", "created")
_TAGS = ("ETag", "etag", "md5Hash")


class Store:
    """Reads and writes objects.

    All methods raise `StoreError` where the store cannot be reached or does not let us in, and
    `OSError` where one object is missing or refused.
    """

    def __init__(self, protocol: str) -> None:
        import fsspec

        os.environ.setdefault(_PLAIN_BUCKETS, "false")
        for name in _LOGGERS:
            logging.getLogger(name).addHandler(logging.NullHandler())
        self._protocol = protocol
        with as_few_errors(f"{protocol}://"):
            self._fs: Any = fsspec.filesystem(
                protocol,
                use_listings_cache=False,
                skip_instance_cache=True,
                **_OPTIONS.get(protocol, {}),
            )
        if protocol == "s3":
            self._fs.retries = 3  # each of them with the attempts of the library below

    def files_below(self, url: str) -> list[UrlFile]:
        """List all objects whose names begin with the folder `url`, or the object of that name."""
        with missing_is_bucket(url):
            return self._listed(self._fs.find(_path(url), detail=True))

    def matches(self, pattern: str) -> list[UrlFile]:
        """List the objects that a pattern with *, ? or [ matches; ** is any number of folders."""
        with missing_is_bucket(pattern):
            return self._listed(self._fs.glob(_path(pattern), detail=True))

    def look(self, url: str) -> UrlFile | None:
        """Look at one object; None if there is none."""
        with suppress(FileNotFoundError), as_few_errors(url):
            facts = self._fs.info(_path(url))
            return self._file(_path(url), facts) if facts["type"] == "file" else None
        return None

    def read(self, url: str, start: int | None = None, end: int | None = None) -> bytes:
        """Read an object, or its bytes from `start` to before `end`."""
        with as_few_errors(url):
            content: bytes = self._fs.cat_file(_path(url), start=start, end=end)
            return content

    def read_all(
        self, urls: Iterable[str], start: int | None = None, end: int | None = None
    ) -> Iterator[bytes | None]:
        """Read objects, several at once, in order; None for one that cannot be read."""

        def content(url: str) -> bytes | None:
            with suppress(OSError):
                return self.read(url, start, end)
            return None

        with ThreadPoolExecutor(_AT_ONCE) as threads:
            yield from threads.map(content, urls)

    @contextmanager
    def opened(self, file: UrlFile) -> Iterator[Any]:
        """Yield an object as a binary file whose reads are requests for just those bytes.

        Where the store can tell, reading fails once the object has changed.
        """
        how = {"cache_type": "none", "block_size": BLOCK_BYTES}
        with as_few_errors(file.url), self._fs.open(_path(file.url), "rb", **how) as opened:
            yield opened

    def write(self, url: str, content: bytes) -> None:
        """Write an object, which appears whole."""
        with missing_is_bucket(url):
            self._fs.pipe_file(_path(url), content)

    def create(self, url: str, content: bytes) -> bool:
        """Write an object if there is none of that name; give whether it was written."""
        try:
            with missing_is_bucket(url):
                self._fs.pipe_file(_path(url), content, mode="create")
        except FileExistsError:
            return False
        return True

    def upload(self, files: Mapping[str, Path]) -> None:
        """Write objects of local files, several at once; keys are URLs."""

        def put(url: str) -> None:
            with as_few_errors(url):
                self._fs.put_file(str(files[url]), _path(url))

        with ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(put, files))

    def remove(self, urls: Iterable[str]) -> None:
        """Remove objects, several at once; those that are not there are passed over."""

        def remove(url: str) -> None:
            with suppress(FileNotFoundError), as_few_errors(url):
                self._fs.rm_file(_path(url))

        with ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(remove, urls))

    def _listed(self, found: Mapping[str, Mapping[str, Any]]) -> list[UrlFile]:
        files = (
            self._file(name, facts)
            for name, facts in found.items()
            if facts["type"] == "file" and not facts["name"].endswith("/")
        )
        return sorted(files, key=lambda file: file.url)

    def _file(self, path: str, facts: Mapping[str, Any]) -> UrlFile:
        return UrlFile(
            f"{self._protocol}://{path.lstrip('/')}",
            int(facts.get("size") or 0),
            _nanoseconds(_first(facts, _TIMES)),
            str(_first(facts, _TAGS) or "").strip('"'),
        )


@cache
def store_of(protocol: str) -> Store:
    """Give the store of a protocol.

    Raises
    ------
    UsageError
        A package that it needs is not installed.
    """
    require_extra("cloud", f"reading from and writing to {protocol}://", _PACKAGES.get(protocol))
    return Store(protocol)


def is_pattern(url: str) -> bool:
    """Tell whether a URL holds *, ? or [."""
    return has_magic(url)


def _path(url: str) -> str:
    return url.partition("://")[2]


def _first(facts: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((facts[name] for name in names if facts.get(name)), None)


def _nanoseconds(time: Any) -> int:
    """Give a time as stores tell it in nanoseconds since the epoch; 0 where it is not told."""
    if isinstance(time, str):
        try:
            time = datetime.fromisoformat(time)
        except ValueError:
            return 0
    seconds = time.timestamp() if isinstance(time, datetime) else time
    return round(seconds * 1e9) if isinstance(seconds, int | float) else 0
