"""Hands over the newest of what comes, and counts what nobody took."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """Holds the newest item of one thread for another; older ones are dropped."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: T | None = None
        self._is_ended = False
        self.count = 0
        """Items that came."""

    def put(self, item: T) -> None:
        """Take in the next item, in place of one that was not taken."""
        with self._changed:
            self._item = item
            self.count += 1
            self._changed.notify_all()

    def end(self) -> None:
        """Say that nothing more will come."""
        with self._changed:
            self._is_ended = True
            self._changed.notify_all()

    @property
    def is_ended(self) -> bool:
        """Whether nothing more will come, and all that came was taken or dropped."""
        with self._changed:
            return self._is_ended and self._item is None

    def take(self, wait_seconds: float) -> T | None:
        """Give the newest item that was not taken before, waiting for one; None without any."""
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None or self._is_ended, wait_seconds)
            item, self._item = self._item, None
            return item
