"""All batches that the app knows of: started, watched, stopped, gone on with."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock

from framepick.app.batches.job import Job, Request, begin, last_line
from framepick.app.batches.progress import Progress, progress_of
from framepick.app.memory import Memory
from framepick.batch.ledger import Ledger, LedgerFolder
from framepick.batch.status import status_of
from framepick.errors import UsageError

_ENDING_SECONDS = 5.0
"""How long the threads of a process may take to end after it."""


class Batches:
    """Starts batches and looks at them; they are remembered, and found again by another app.

    Parameters
    ----------
    memory
        Keeps which there are, and what their processes say.
    weights
        Other weights than those shipped.
    """

    def __init__(self, memory: Memory, weights: Path | None) -> None:
        self._memory, self._weights = memory, weights
        self._lock = Lock()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._ledgers: dict[Path, Ledger] = {}
        self._stopping: set[str] = set()

    def jobs(self) -> Sequence[Job]:
        """Give the batches that are known, the one that was started last first."""
        found = []
        for values in self._memory.batches():
            with suppress(KeyError, TypeError, ValueError, AttributeError):
                found.append(Job.of_json(values))
        return found

    def job(self, name: str) -> Job | None:
        """Give a batch by its id."""
        return next((one for one in self.jobs() if one.id == name), None)

    def start(self, request: Request) -> Job:
        """Start a batch; one of the same folders goes on.

        Raises
        ------
        UsageError
            Another one writes to the same folder.
        OutputError
            No process can be started.
        """
        with self._lock:
            known = self.jobs()
            same = [one for one in known if one.request.out == request.out]
            if any(one.is_running for one in same):
                raise UsageError(f"{request.out}: a batch is at work there; wait, or stop it")
            earlier = [one for one in same if one.request.folder == request.folder]
            name = earlier[0].id if earlier else secrets.token_hex(8)
            job, process = begin(name, request, self._log(name), self._weights)
            self._processes[name] = process
            self._stopping.discard(name)
            others = [one for one in known if one.id != name]
            self._memory.keep_batches([one.as_json() for one in (job, *others)])
        return job

    def go_on(self, job: Job, *, retry_failed: bool = False) -> Job:
        """Start a batch again that has ended: what is done stays.

        Raises
        ------
        UsageError, OutputError
            As `start`.
        """
        return self.start(replace(job.request, retry_failed=retry_failed))

    def stop(self, job: Job) -> None:
        """Have a batch end so that it can go on later."""
        self._stopping.add(job.id)
        job.stop()

    def progress(self, job: Job) -> Progress:
        """Look at a batch.

        Raises
        ------
        OutputError
            Its folder cannot be read.
        """
        out = job.request.out
        with self._lock:
            ledger = self._ledgers.setdefault(out, Ledger(LedgerFolder(out)))
            records = list(ledger.records().values())
        code = self._code(job)
        status = status_of(out, job.process)
        message = last_line(self._log(job.id))
        return progress_of(job, status, records, code, job.id in self._stopping, message)

    def close(self) -> None:
        """Leave no process behind that has ended; the others go on."""
        for job in self.jobs():
            self._code(job)

    def _code(self, job: Job) -> int | None:
        """Give the exit code of a process; None while it runs, or where another app started it."""
        process = self._processes.get(job.id)
        if process is None or job.is_running:
            return None
        with suppress(subprocess.TimeoutExpired):
            return process.wait(_ENDING_SECONDS)
        return None

    def _log(self, name: str) -> Path:
        return self._memory.folder / "batches" / f"{name}.log"
