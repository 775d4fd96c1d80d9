"""A ledger in an object store.

Objects cannot be appended to. So a writer puts its object anew with each line, which is atomic,
and begins another one after some lines.
"""

from __future__ import annotations

from collections.abc import Iterator

from framepick.batch.ledger import LEDGER_SUFFIX, writer_name
from framepick.stores import Store

_LINES = 100
"""Most lines of an object."""


class Segments:
    """The objects of a ledger in the folder `url`, as `LedgerFiles`."""

    def __init__(self, store: Store, url: str) -> None:
        self._store = store
        self._url = url
        self._writer = writer_name()
        self._number = 1
        self._lines: list[bytes] = []

    @property
    def place(self) -> str:
        """The folder."""
        return self._url

    def sizes(self) -> Iterator[tuple[str, int]]:
        """Give the names of all objects, with their bytes."""
        for one in self._store.files_below(self._url):
            name = one.url.removeprefix(f"{self._url}/")
            if "/" not in name and name.endswith(LEDGER_SUFFIX):
                yield name, one.size

    def read(self, name: str, start: int) -> bytes:
        """Read an object from the byte `start` on."""
        return self._store.read(f"{self._url}/{name}", start)

    def append(self, line: bytes) -> None:
        """Put the lines of this writer's newest object again, with one more."""
        if len(self._lines) == _LINES:
            self._number, self._lines = self._number + 1, []
        lines = [*self._lines, line]
        name = f"{self._writer}-{self._number:06}{LEDGER_SUFFIX}"
        self._store.write(f"{self._url}/{name}", b"".join(lines))
        self._lines = lines
