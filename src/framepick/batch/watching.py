"""Folders that are watched: files are worked on once they stand still."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from framepick.batch.engine import ANY_NUMBER, Engine
from framepick.batch.ledger import Record, Version
from framepick.batch.pool import Pool
from framepick.batch.run import Batch, Show, prepare_batch
from framepick.batch.schedule import Schedule, splitter_for
from framepick.batch.settling import Settling, Stamp, stamps_of
from framepick.batch.tasks import Planned
from framepick.urls import MediaFile

_LOOK_SECONDS, _WRITE_SECONDS = 1.0, 10.0
_MOST_SHARE = 0.02
"""Share of the time that may go into looking at the folders, and into what is written over all."""


@dataclass(slots=True)
class Paced:
    """Something that is done again and again: the longer it takes, the less often."""

    least_seconds: float
    _next: float = 0.0

    def is_due(self) -> bool:
        """Tell whether it is time again."""
        return monotonic() >= self._next

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Do it within the block."""
        begin = monotonic()
        yield
        end = monotonic()
        self._next = end + max(self.least_seconds, (end - begin) / _MOST_SHARE)


@dataclass(slots=True)
class Watch:
    """Watched folders, and what is known of their files."""

    find: Callable[[], list[MediaFile] | None]
    """Gives the videos of the folders; None while one of these is gone."""
    plan: Callable[[list[MediaFile]], Batch]
    settling: Settling
    _settled: Mapping[MediaFile, Stamp] | None = None
    _begun: dict[str, Version] = field(default_factory=dict)
    """Versions of the files that were given to workers, by key."""

    def look(self) -> Batch | None:
        """Plan anew if files came, changed or went; None if all is as it was."""
        found = self.find()
        if found is None:
            return None
        settled = self.settling.settled(stamps_of(found), monotonic())
        if settled == self._settled:
            return None
        self._settled = settled
        return self.plan(list(settled))

    def plan_again(self) -> Batch:
        """Plan for the files as they were seen last."""
        return self.plan(list(self._settled or ()))

    def begin(self, batch: Batch) -> list[Planned]:
        """Give the files of a new plan that no worker was given as they are now."""
        new = [one for one in batch.todo if self._begun.get(one.key) != one.task.version]
        self._begun |= {one.key: one.task.version for one in new}
        return new


def run_watch(watch: Watch, engine: Engine, show: Show, write: Callable[[Batch], object]) -> None:
    """Work on what comes until the process is interrupted.

    `show` is called as by `run_batch`, but not while nothing happens; `write` writes what is
    written over all files, now and then and at the end. A worker loads its model for its first
    file, and keeps it.

    Raises
    ------
    FramepickError
        Nothing can be written any more, or no worker can be started.
    """
    run = _Run(watch, show, write, watch.plan([]))
    splitter = splitter_for(run.batch.destination, engine.settings)
    try:
        with engine.open(ANY_NUMBER) as workers:
            schedule = Schedule((), len(workers), splitter, stays_open=True)
            with Pool(schedule, workers) as pool:
                for record in pool.results():
                    run.step(pool, record)
    finally:  # what workers finished last may be in the ledger only
        write(watch.plan_again())


@dataclass(slots=True)
class _Run:
    """What a run that watches has come to."""

    watch: Watch
    show: Show
    write: Callable[[Batch], object]
    batch: Batch
    is_changed: bool = False
    """There is something that is not written yet."""
    _looks: Paced = field(default_factory=lambda: Paced(_LOOK_SECONDS))
    _writes: Paced = field(default_factory=lambda: Paced(_WRITE_SECONDS))

    def step(self, pool: Pool, record: Record | None) -> None:
        """Go on, with the record of a file that was done just now, if there is one."""
        is_new = self._take(record) | self._look(pool)
        self.is_changed |= is_new
        self.batch.running = pool.running()
        self.batch.waits_for = pool.waits_for()
        if is_new or self.batch.running:
            self.show(self.batch, record)
        if self.is_changed and self._writes.is_due():
            with self._writes.turn():
                self.write(self.batch)
            self.is_changed = False

    def _take(self, record: Record | None) -> bool:
        if record and any(one.key == record.key for one in self.batch.todo):
            self.batch.done[record.key] = record
        return record is not None

    def _look(self, pool: Pool) -> bool:
        if not self._looks.is_due():
            return False
        with self._looks.turn():
            planned = self.watch.look()
        if planned is None:
            return False
        prepare_batch(planned)
        planned.done = self._still_done(planned)
        self.batch = planned
        for one in self.watch.begin(planned):
            pool.add(one)
        return True

    def _still_done(self, planned: Batch) -> dict[str, Record]:
        """Give the records of this run that hold for the files as they are now."""
        known = self.batch.done
        pairs = ((one.key, one.task.version) for one in planned.todo if one.key in known)
        return {key: known[key] for key, version in pairs if known[key].version == version}
