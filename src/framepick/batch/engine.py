"""What works on the files of a batch: processes of this machine, or those of a Ray cluster."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from framepick.batch.work import Answer, Work
from framepick.batch.worker import WorkerSettings

ANY_NUMBER = 1 << 30
"""Of workers: as many as an engine can have."""


@dataclass(frozen=True, slots=True)
class Running:
    """A file that is worked on."""

    work: Work
    started: float
    """In seconds of `time.monotonic`."""
    share: float | None = None
    """How much of it is scored, 0 to 1; None where that is not known."""


class FileWorker(Protocol):
    """Does one work at a time, which is called by one thread, but for `check` and `close`."""

    @property
    def running(self) -> Running | None: ...

    @property
    def waits_for(self) -> str:
        """What has to be there before it can work on a file; '' where all is."""
        ...

    def prepare(self) -> None:
        """Wait until work can be done.

        Raises
        ------
        SourceClosed
            The worker was closed meanwhile.
        FramepickError
            No worker can be started.
        """
        ...

    def do(self, work: Work) -> Answer:
        """Do work, and say what came of it.

        Raises
        ------
        SourceClosed
            The worker was closed meanwhile.
        FramepickError
            No file can be worked on.
        """
        ...

    def check(self) -> None:
        """Look at the limits of the work; called every second."""
        ...

    def close(self) -> None:
        """End the work at once."""
        ...


class Engine(Protocol):
    """Starts workers."""

    @property
    def settings(self) -> WorkerSettings: ...

    def open(self, most: int) -> AbstractContextManager[Sequence[FileWorker]]:
        """Give workers, at least one and so many at `most`; all have ended after the block.

        Raises
        ------
        FramepickError
            No worker can be started.
        """
        ...
