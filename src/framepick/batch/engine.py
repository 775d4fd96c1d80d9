"""What works on the files of a batch: processes of this machine, or those of a Ray cluster."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from framepick.batch.ledger import Record
from framepick.batch.tasks import Task


@dataclass(frozen=True, slots=True)
class Running:
    """A file that is worked on."""

    task: Task
    started: float
    """In seconds of `time.monotonic`."""
    share: float | None = None
    """How much of it is scored, 0 to 1; None where that is not known."""


class FileWorker(Protocol):
    """Works on one file at a time, which is called by one thread, but for `check` and `close`."""

    @property
    def running(self) -> Running | None: ...

    def prepare(self) -> None:
        """Wait until a file can be worked on.

        Raises
        ------
        SourceClosed
            The worker was closed meanwhile.
        FramepickError
            No worker can be started.
        """
        ...

    def work(self, task: Task, key: str) -> Record | None:
        """Work on a file, and give its record; None if another run works on it.

        Raises
        ------
        SourceClosed
            The worker was closed meanwhile.
        FramepickError
            No file can be worked on.
        """
        ...

    def check(self) -> None:
        """Look at the limits of the file; called every second."""
        ...

    def close(self) -> None:
        """End the work at once."""
        ...


class Engine(Protocol):
    """Starts workers."""

    def open(self, files: int) -> AbstractContextManager[Sequence[FileWorker]]:
        """Give workers for so many files, at least one; all of them have ended after the block.

        Raises
        ------
        FramepickError
            No worker can be started.
        """
        ...
