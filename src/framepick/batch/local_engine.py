"""Works on files with processes of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from framepick.batch.destination import ledger_writer
from framepick.batch.engine import FileWorker
from framepick.batch.sizing import usual_jobs, with_memory, with_threads
from framepick.batch.slot import Slot
from framepick.batch.watchdog import Limits
from framepick.batch.worker import WorkerSettings
from framepick.encoding.machine import cores


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """Several worker processes, which share the cores and the memory."""

    settings: WorkerSettings
    limits: Limits
    jobs: int | None = None
    """Number of workers; None for what suits the machine."""

    @contextmanager
    def open(self, files: int) -> Iterator[Sequence[FileWorker]]:
        jobs = min(self.jobs or usual_jobs(cores()), files)
        settings = with_threads(self.settings, cores(), jobs)
        limits, writer = with_memory(self.limits, jobs), ledger_writer(settings.out)
        slots = [Slot(settings, limits, writer) for _ in range(jobs)]
        try:
            yield slots
        finally:
            for slot in slots:
                slot.close()
