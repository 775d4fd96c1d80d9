"""Keeps an even choice of all that came, in memory that does not grow."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Thinned(Generic[T]):
    """Keeps what comes; once that is `most`, every second one goes, and so on."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._every, self._seen = 1, 0
        self.kept: list[T] = []
        """What is kept, in the order in which it came."""

    def add(self, one: T) -> bool:
        """Take in the next one; give whether it is kept."""
        self._seen += 1
        if self._seen % self._every:
            return False
        self.kept.append(one)
        if len(self.kept) >= self._most:
            self.kept = self.kept[1::2]
            self._every *= 2
        return True
