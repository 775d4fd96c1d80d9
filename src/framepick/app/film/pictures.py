"""Pictures of frames, asked for by many threads and decoded by one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from threading import Condition
from time import monotonic

LIMIT_BYTES = 192 << 20

Wish = tuple[int, int]
"""Frame index, and the longer side in pixels."""


class Pictures:
    """Keeps JPEG files of frames, the last used longest, and the wishes for others.

    `changed` is notified of every wish, and of every picture.
    """

    def __init__(self, changed: Condition, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._changed = changed
        self._files: OrderedDict[Wish, bytes] = OrderedDict()
        self._size = 0
        self._wishes: dict[Wish, None] = {}
        self._missing: set[Wish] = set()
        self._is_closed = False

    def get(self, wish: Wish) -> bytes | None:
        """Give a picture that is here."""
        with self._changed:
            if wish in self._files:
                self._files.move_to_end(wish)
            return self._files.get(wish)

    def wait(self, wish: Wish, seconds: float) -> bytes | None:
        """Ask for a picture and wait for it; None where it does not come."""
        end = monotonic() + seconds
        with self._changed:
            self._missing.discard(wish)
            if wish not in self._files:
                self._wishes.setdefault(wish)
                self._changed.notify_all()
            self._changed.wait_for(
                lambda: wish in self._files or wish in self._missing or self._is_closed,
                max(0.0, end - monotonic()),
            )
            self._wishes.pop(wish, None)
            return self._files.get(wish)

    def wishes(self) -> list[Wish]:
        """Give the wishes for one size, those of the first one."""
        with self._changed:
            side = next((side for _, side in self._wishes), 0)
            return [wish for wish in self._wishes if wish[1] == side]

    def put(self, wish: Wish, file: bytes) -> None:
        """Keep a picture; those that nobody asked for longest go when there are too many."""
        with self._changed:
            self._size += len(file) - len(self._files.pop(wish, b""))
            self._files[wish] = file
            self._wishes.pop(wish, None)
            while self._size > self._limit_bytes and len(self._files) > 1:
                self._size -= len(self._files.popitem(last=False)[1])
            self._changed.notify_all()

    def give_up(self, wishes: Iterable[Wish]) -> None:
        """Say that these pictures cannot be made."""
        with self._changed:
            missing = self._wishes.keys() & set(wishes)
            self._missing |= missing
            for wish in missing:
                del self._wishes[wish]
            self._changed.notify_all()

    def close(self) -> None:
        """Let nobody wait any longer."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
