"""What the workers of a batch do next: files in order, and shares of long ones."""

from __future__ import annotations

import os
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from time import monotonic, sleep

from framepick.batch.destination import Destination, LocalDestination
from framepick.batch.engine import ANY_NUMBER, Running
from framepick.batch.ledger import Ledger, Record
from framepick.batch.splits import Split, Splitter
from framepick.batch.tasks import Planned, Task
from framepick.batch.work import Answer, Work
from framepick.batch.worker import WorkerSettings
from framepick.errors import OutputError
from framepick.outputs.result_folders import ResultBusy

LEAST_BYTES = 4 << 20
"""A smaller file is never split; of a larger one a worker looks how long it takes."""
_LONGER = 1.25
"""A file is split that is so many times as large as an even share of all that is left."""
_BUSY_SECONDS = 0.5
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Work that is not to be begun before `ready`, in seconds of `time.monotonic`."""

    work: Work
    ready: float = 0.0
    may_split: bool = False


class Schedule:
    """The work that is left for `jobs` workers; any thread may take some and tell what came of it.

    A file that would keep one worker busy while others have nothing to do is scored by all of them
    and then picked from by one, if there is a `splitter`. A schedule that `stays_open` takes more
    files, and waits for them when all are done.
    """

    def __init__(
        self,
        todo: Sequence[Planned],
        jobs: int,
        splitter: Splitter | None = None,
        *,
        stays_open: bool = False,
    ) -> None:
        self.stays_open = stays_open
        self.left = 0
        """Files that have come to no end."""
        self._jobs = jobs
        self._splitter = splitter if jobs > 1 else None
        self._lock = Lock()
        self._is_stopped = False
        self._splits: dict[str, Split] = {}
        self._waiting: deque[_Waiting] = deque()
        self._waiting_bytes = self._running_bytes = 0
        """Of the files that wait, and of those that are worked on."""
        for one in todo:
            self.add(one)

    def add(self, planned: Planned) -> None:
        """Take one more file."""
        with self._lock:
            self.left += 1
            self._put_last(Work(planned.task, planned.key))

    def wait(self) -> bool:
        """Wait until there is work to be taken; False once there will be none."""
        while (self.left or self.stays_open) and not self._is_stopped:
            if self._is_ready():
                return True
            sleep(_POLL_SECONDS)
        return False

    def take(self) -> Work | None:
        """Give work, if there still is some."""
        with self._lock:
            if not self._is_ready():
                return None
            waiting = self._waiting.popleft()
            return self._begin(waiting.work) if waiting.may_split else waiting.work

    def finish(self, work: Work, answer: Answer) -> Record | None:
        """Note what came of work, and give the record if the file has come to its end."""
        with self._lock:
            if work.scored:
                split = self._splits.get(work.key)
                if split is None or split.scored != work.scored:
                    return None  # the file is worked on in another way meanwhile
                if answer == "scored":
                    self._note_scored(split)
                    return None
                self._end(split)
            return self._finish_file(Work(work.task, work.key), answer)

    def together(self, running: Iterable[Running]) -> list[Running]:
        """Give each file that is worked on once, with how far all its shares are."""
        found: dict[str, list[Running]] = defaultdict(list)
        for one in running:
            found[one.work.key].append(one)
        return [self._sum(some) for some in found.values()]

    def stop(self) -> None:
        """Give nothing more."""
        self._is_stopped = True

    def close(self) -> None:
        """Remove what was scored."""
        with self._lock:
            for split in [*self._splits.values()]:
                self._end(split)

    def _is_ready(self) -> bool:
        return bool(self._waiting) and self._waiting[0].ready <= monotonic()

    def _begin(self, work: Work) -> Work | None:
        """Begin with a file: with all of it, or with its first share; None if another run has."""
        is_long = self._is_long(work)
        self._waiting_bytes -= _size(work.task)
        self._running_bytes += _size(work.task)
        try:
            split = self._splitter.split(work, self._jobs) if self._splitter and is_long else None
        except ResultBusy:
            self._finish_file(work, "busy")
            return None
        except OutputError:  # who picks from it says more
            split = None
        if split is None:
            return work
        self._splits[work.key] = split
        first, *others = split.shares
        self._waiting.extendleft(map(_Waiting, reversed(others)))
        return first

    def _is_long(self, work: Work) -> bool:
        """Tell whether a file is much more than an even share of what is left.

        Those that are worked on count half, as nobody knows how far they are.
        """
        left = self._waiting_bytes + self._running_bytes / 2
        size = _size(work.task)
        return size >= LEAST_BYTES and size * self._jobs > _LONGER * left

    def _note_scored(self, split: Split) -> None:
        split.done += 1
        if split.is_scored:
            self._waiting.appendleft(_Waiting(split.work))

    def _finish_file(self, work: Work, answer: Answer) -> Record | None:
        if answer == "whole":
            self._waiting.appendleft(_Waiting(work))
            return None
        self._running_bytes -= _size(work.task)
        if isinstance(answer, Record):
            self.left -= 1
            return answer
        self._put_last(work, monotonic() + _BUSY_SECONDS)
        return None

    def _end(self, split: Split) -> None:
        del self._splits[split.work.key]
        self._waiting = deque(one for one in self._waiting if one.work.scored != split.scored)
        split.close()

    def _put_last(self, work: Work, ready: float = 0.0) -> None:
        """Come to a file after all others."""
        self._waiting_bytes += _size(work.task)
        self._waiting.append(_Waiting(work, ready, may_split=True))

    def _sum(self, some: Sequence[Running]) -> Running:
        """Add up how far the shares of a file are."""
        first, split = some[0], self._splits.get(some[0].work.key)
        if first.work.share is None or split is None:
            return first
        done = split.done + sum(one.share or 0.0 for one in some)
        return replace(first, share=min(1.0, done / split.scored.shares))


def splitter_for(destination: Destination, settings: WorkerSettings) -> Splitter | None:
    """Give what splits files; None for results in a store, and where not every frame is wanted."""
    is_exact = settings.config["plan"] == "exact" and settings.config["budget_seconds"] is None
    if not is_exact or not isinstance(destination, LocalDestination):
        return None
    out = Path(os.path.abspath(destination.folder))  # actors work in other folders
    return Splitter(out, Ledger(destination.ledger(), settings.since_ns))


def most_at_once(todo: Sequence[Planned], splitter: Splitter | None) -> int:
    """Give how many workers may have something to do: one for each file, or any number."""
    may_split = splitter and any(_size(one.task) >= LEAST_BYTES for one in todo)
    return ANY_NUMBER if may_split else len(todo)


def _size(task: Task) -> int:
    # a file in a store would be brought here by each worker
    return max(0, task.version.size) if isinstance(task.path, Path) else 0
