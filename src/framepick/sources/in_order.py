"""Work on decoded pictures in threads, while the next ones are decoded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

from framepick.sources.devices import cores

Result = TypeVar("Result")

_MOST_THREADS = 4
"""More than keep up with one decoder."""
_MOST_WAITING = 4
"""Pictures that wait to be worked on or used, for each thread."""
_MOST_BYTES = 64 << 20
"""Bytes that they may take, unless one takes more."""


class InOrder:
    """Does work in threads, and uses the results one after the other, in the order of the work.

    Use it in a `with` statement, at whose end everything is used. Results are used by the thread
    that adds the work. A picture that is worked on takes `picture_bytes`; there are `threads` at
    most.
    """

    def __init__(self, picture_bytes: int, threads: int = _MOST_THREADS) -> None:
        threads = min(_MOST_THREADS, cores(), threads)
        self._most = max(1, min(_MOST_WAITING * threads, _MOST_BYTES // max(1, picture_bytes)))
        self._executor = ThreadPoolExecutor(threads)
        self._waiting: deque[Callable[[], None]] = deque()

    def add(self, work: Callable[[], Result], use: Callable[[Result], None]) -> None:
        """Do `work` soon, and call `use` with its result; wait if many wait already."""
        future = self._executor.submit(work)
        self._waiting.append(lambda: use(future.result()))
        if len(self._waiting) > self._most:
            self._waiting.popleft()()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            while self._waiting and kind is None:
                self._waiting.popleft()()
        finally:
            self._executor.shutdown(cancel_futures=True)
