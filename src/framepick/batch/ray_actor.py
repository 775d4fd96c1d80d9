"""A slot for a worker process on a machine of a Ray cluster."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from threading import Thread

from framepick.batch.destination import ledger_writer
from framepick.batch.sizing import usual_jobs, with_memory
from framepick.batch.slot import Slot
from framepick.batch.watchdog import Limits
from framepick.batch.work import Answer, Work
from framepick.batch.worker import WorkerSettings
from framepick.encoding.machine import cores
from framepick.errors import FramepickError
from framepick.urls import UrlFile

_WATCH_SECONDS = 1.0


class SlotActor:
    """Serves the engine as a Ray actor; the files are decoded in a process below it.

    Errors are answers, because Ray would give their tracebacks as their messages. Names of files
    are relative to `folder`.
    """

    def __init__(self, settings: WorkerSettings, limits: Limits, folder: Path) -> None:
        self._folder = Path()
        try:
            os.chdir(folder)  # so that results name files as they do elsewhere
        except OSError:
            self._folder = folder
        beside = usual_jobs(max(1, cores() // (settings.threads or 1)))
        limits = with_memory(limits, beside)
        self._slot = Slot(settings, limits, ledger_writer(settings.out))
        Thread(target=self._watch, name="framepick-watchdog", daemon=True).start()

    def prepare(self) -> FramepickError | None:
        """Start the worker process; give what went wrong."""
        try:
            self._slot.prepare()
        except FramepickError as error:
            return error
        return None

    def do(self, work: Work) -> Answer | FramepickError:
        """Do work, as `Slot.do` does; give what went wrong."""
        try:
            path = work.task.path
            here = path if isinstance(path, UrlFile) else self._folder / path
            return self._slot.do(replace(work, task=replace(work.task, path=here)))
        except FramepickError as error:
            return error

    def share(self) -> float | None:
        """Give how much of the file is scored, 0 to 1."""
        running = self._slot.running
        return running.share if running else None

    def close(self) -> None:
        """End the worker process at once."""
        self._slot.close()

    def _watch(self) -> None:
        while True:
            time.sleep(_WATCH_SECONDS)
            self._slot.check()
