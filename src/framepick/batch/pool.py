"""Works on many files with the workers of an engine."""

from __future__ import annotations

import queue
from collections.abc import Iterator, Sequence
from contextlib import suppress
from threading import Event, Thread
from time import monotonic

from framepick.batch.engine import FileWorker, Running
from framepick.batch.ledger import Record
from framepick.batch.schedule import Schedule
from framepick.batch.tasks import Planned
from framepick.errors import SourceClosed

_TICK_SECONDS = 0.5
_WATCH_SECONDS = 1.0
_END_SECONDS = 3.0


class Pool:
    """Has workers do what is in a schedule, each one work at a time.

    Use it in a `with` statement: at its end all workers are ended, whatever they are doing.
    """

    def __init__(self, schedule: Schedule, workers: Sequence[FileWorker]) -> None:
        self._schedule = schedule
        self._left = schedule.left
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
        while self._left or self._schedule.stays_open:
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
        """Have one more file worked on, of a schedule that stays open."""
        self._schedule.add(planned)

    def running(self) -> list[Running]:
        """Give the files that are worked on, each once."""
        return self._schedule.together(one for worker in self._workers if (one := worker.running))

    def waits_for(self) -> str:
        """Say what workers wait for; '' where one of them works on a file."""
        if any(worker.running for worker in self._workers):
            return ""
        return next((worker.waits_for for worker in self._workers if worker.waits_for), "")

    def __enter__(self) -> Pool:
        for thread in self._threads:
            thread.start()
        Thread(target=self._watch, name="framepick-watchdog", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._schedule.stop()
        for worker in self._workers:
            worker.close()
        end = monotonic() + _END_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, end - monotonic()))
        self._schedule.close()

    def _serve(self, worker: FileWorker) -> None:
        try:
            with suppress(SourceClosed):
                while self._schedule.wait():
                    worker.prepare()
                    if work := self._schedule.take():
                        self._note(self._schedule.finish(work, worker.do(work)))
        except BaseException as error:
            self._results.put(error)

    def _note(self, record: Record | None) -> None:
        if record:
            self._results.put(record)

    def _watch(self) -> None:
        while not self._closed.wait(_WATCH_SECONDS):
            for worker in self._workers:
                worker.check()
