"""Works on many files with the workers of an engine."""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread
from time import monotonic, sleep

from framepick.batch.engine import FileWorker, Running
from framepick.batch.ledger import Record
from framepick.batch.tasks import Planned
from framepick.errors import SourceClosed

_TICK_SECONDS = 0.5
_WATCH_SECONDS = 1.0
_BUSY_SECONDS = 0.5
_WAIT_SECONDS = 0.1
_END_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A file to work on, not before `ready`, in seconds of `time.monotonic`."""

    planned: Planned
    ready: float = 0.0


class Pool:
    """Gives the files of `todo` to workers, in order, to each one at a time.

    One that `stays_open` takes more files, and waits for them when all are done. Use it in a `with`
    statement: at its end all workers are ended, whatever they are doing.
    """

    def __init__(
        self, todo: Sequence[Planned], workers: Sequence[FileWorker], *, stays_open: bool = False
    ) -> None:
        self._waiting = deque(map(_Waiting, todo))
        self._left = len(todo)
        self._stays_open = stays_open
        self._lock = Lock()
        self._closed = Event()
        self._results: queue.SimpleQueue[Record | BaseException] = queue.SimpleQueue()
        self._workers = workers
        self._threads = [
            Thread(target=self._serve, args=(worker,), name=f"framepick-file-{n}", daemon=True)
            for n, worker in enumerate(workers)
        ]

    def results(self) -> Iterator[Record | None]:
        """Give the record of each file as it is done; None now and then, while there is none.

        Raises
        ------
        FramepickError
            No file can be worked on any more.
        """
        while self._left or self._stays_open:
            try:
                result = self._results.get(timeout=_TICK_SECONDS)
            except queue.Empty:
                yield None
                continue
            if isinstance(result, BaseException):
                raise result
            self._left -= 1
            yield result

    def add(self, planned: Planned) -> None:
        """Have one more file worked on, of a pool that stays open."""
        with self._lock:
            self._waiting.append(_Waiting(planned))
            self._left += 1

    def running(self) -> list[Running]:
        """Give the files that are worked on."""
        return [one for worker in self._workers if (one := worker.running)]

    def __enter__(self) -> Pool:
        for thread in self._threads:
            thread.start()
        Thread(target=self._watch, name="framepick-watchdog", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        for worker in self._workers:
            worker.close()
        end = monotonic() + _END_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, end - monotonic()))

    def _serve(self, worker: FileWorker) -> None:
        try:
            with suppress(SourceClosed):
                while self._wait():
                    worker.prepare()
                    if planned := self._take():
                        self._work(worker, planned)
        except BaseException as error:
            self._results.put(error)

    def _work(self, worker: FileWorker, planned: Planned) -> None:
        record = worker.work(planned.task, planned.key)
        if record:
            self._results.put(record)
        else:
            self._put_back(planned)

    def _wait(self) -> bool:
        """Wait until there is a file to be taken; False once there will be none."""
        while not self._closed.is_set():
            with self._lock:
                if self._waiting and self._waiting[0].ready <= monotonic():
                    return True
                if not self._waiting and not self._stays_open:
                    return False
            sleep(_WAIT_SECONDS)
        return False

    def _take(self) -> Planned | None:
        with self._lock:
            is_there = self._waiting and self._waiting[0].ready <= monotonic()
            return self._waiting.popleft().planned if is_there else None

    def _put_back(self, planned: Planned) -> None:
        """Come back to a file that another run works on after all others."""
        with self._lock:
            self._waiting.append(_Waiting(planned, monotonic() + _BUSY_SECONDS))

    def _watch(self) -> None:
        while not self._closed.wait(_WATCH_SECONDS):
            for worker in self._workers:
                worker.check()
