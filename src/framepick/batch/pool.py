"""Works on many files with several worker processes."""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic, sleep

from framepick.batch.ledger import LedgerWriter, Record
from framepick.batch.slot import Running, Slot
from framepick.batch.tasks import Planned
from framepick.batch.watchdog import Limits
from framepick.batch.worker import WorkerSettings
from framepick.errors import SourceClosed

_TICK_SECONDS = 0.5
_WATCH_SECONDS = 1.0
_BUSY_SECONDS = 0.5
_END_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A file to work on, not before `ready`, in seconds of `time.monotonic`."""

    planned: Planned
    ready: float = 0.0


class Pool:
    """Several workers for the files of `todo`, in order.

    Use it in a `with` statement: at its end all workers are ended, whatever they are doing.
    """

    def __init__(
        self, todo: Sequence[Planned], settings: WorkerSettings, limits: Limits, jobs: int
    ) -> None:
        writer = LedgerWriter(Path(settings.out))
        self._waiting = deque(map(_Waiting, todo))
        self._left = len(todo)
        self._lock = Lock()
        self._closed = Event()
        self._results: queue.SimpleQueue[Record | BaseException] = queue.SimpleQueue()
        self._slots = [Slot(settings, limits, writer) for _ in range(min(jobs, len(todo)))]
        self._threads = [
            Thread(target=self._serve, args=(slot,), name=f"framepick-slot-{n}", daemon=True)
            for n, slot in enumerate(self._slots)
        ]

    def results(self) -> Iterator[Record | None]:
        """Give the record of each file as it is done; None now and then, while there is none.

        Raises
        ------
        FramepickError
            No file can be worked on any more.
        """
        while self._left:
            try:
                result = self._results.get(timeout=_TICK_SECONDS)
            except queue.Empty:
                yield None
                continue
            if isinstance(result, BaseException):
                raise result
            self._left -= 1
            yield result

    def running(self) -> list[Running]:
        """Give the files that are worked on."""
        return [one for slot in self._slots if (one := slot.running)]

    def __enter__(self) -> Pool:
        for thread in self._threads:
            thread.start()
        Thread(target=self._watch, name="framepick-watchdog", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        for slot in self._slots:
            slot.close()
        end = monotonic() + _END_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, end - monotonic()))

    def _serve(self, slot: Slot) -> None:
        try:
            with suppress(SourceClosed):
                while planned := self._take():
                    record = slot.work(planned.task, planned.key)
                    if record:
                        self._results.put(record)
                    else:
                        self._put_back(planned)
        except BaseException as error:
            self._results.put(error)

    def _take(self) -> Planned | None:
        while not self._closed.is_set():
            with self._lock:
                if not self._waiting:
                    return None
                if self._waiting[0].ready <= monotonic():
                    return self._waiting.popleft().planned
            sleep(0.1)
        return None

    def _put_back(self, planned: Planned) -> None:
        """Come back to a file that another run works on after all others."""
        with self._lock:
            self._waiting.append(_Waiting(planned, monotonic() + _BUSY_SECONDS))

    def _watch(self) -> None:
        while not self._closed.wait(_WATCH_SECONDS):
            for slot in self._slots:
                slot.check()
