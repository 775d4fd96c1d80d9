"""How far a batch is, and what has come of it: read from what its process writes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Literal

from framepick.app.batches.job import Job
from framepick.batch.ledger import Record
from framepick.batch.pace import status_text
from framepick.batch.picking import picture_name
from framepick.batch.status import Status
from framepick.files import printable
from framepick.outputs.result_folders import MANIFEST_NAME

Phase = Literal["looking", "working", "finishing", "stopping", "done", "stopped", "failed"]
GOING: tuple[Phase, ...] = ("looking", "working", "finishing", "stopping")
_INTERRUPTED = 130
_DONE = (0, 1)
"""Exit codes of a batch that came to its end; with 1 some files failed."""


@dataclass(frozen=True, slots=True)
class Item:
    """A file of a batch that has come to an end."""

    path: Path
    record: Record

    @property
    def picture(self) -> str:
        """Where its picture may be, from the folder of results on."""
        return picture_name(self.record.key)

    @property
    def report(self) -> str:
        """Where its report is, from the folder of results on; '' where it has none."""
        name = self.record.facts.get("report")
        return f"{self.record.folder}/{name}" if name else ""


@dataclass(frozen=True, slots=True)
class Progress:
    """A batch as it is now."""

    phase: Phase
    status: Status | None
    """What its process tells; None before and after the work on files."""
    results: Sequence[Item]
    """Those with picks, the newest first."""
    failures: Sequence[Item]
    """Those that failed, the newest first."""
    message: str = ""
    """What its process said last, once it has ended."""

    @property
    def is_going(self) -> bool:
        """Whether there is more to come."""
        return self.phase in GOING

    @property
    def share(self) -> float:
        """How much of it is done, 0 to 1, with parts of files that are worked on."""
        if self.status is None:
            return 0.0 if self.phase == "looking" else 1.0
        parts = sum(share or 0.0 for _, share in self.status.running)
        return min(1.0, (self.status.finished + parts) / max(1, self.status.total))

    @property
    def pace(self) -> str:
        """How many files are done, how fast it goes and how long the rest takes, in words."""
        if self.status is None:
            return ""
        one = self.status
        return status_text(one.finished, one.total, one.before, time() - one.started)


def progress_of(
    job: Job,
    status: Status | None,
    records: Iterable[Record],
    code: int | None,
    is_stopping: bool,
    message: str,
) -> Progress:
    """Put together what is known of a job; `code` is that of its process, where that is known."""
    newest = sorted(_items(job, records), key=lambda one: -one.record.at_ns)
    phase = _phase_of_end(job, newest, code)
    if job.is_running:
        phase = "stopping" if is_stopping else _phase_now(job, status, newest)
    results = [one for one in newest if one.record.has_result]
    failures = [one for one in newest if one.record.state == "failed"]
    is_going = phase in GOING
    return Progress(
        phase, status if is_going else None, results, failures, "" if is_going else message
    )


def _items(job: Job, records: Iterable[Record]) -> Iterable[Item]:
    """Give the files below the folder of a job."""
    # the ledger's keys are printable, whatever bytes names are made of
    out, folder = printable(job.request.out), os.path.join(printable(job.request.folder), "")
    for record in records:
        path = os.path.normpath(os.path.join(out, record.key))
        if path.startswith(folder):
            yield Item(Path(path), record)


def _phase_now(job: Job, status: Status | None, items: Sequence[Item]) -> Phase:
    if status:
        return "working"
    is_begun = items and items[0].record.at_ns >= job.started * 1e9
    return "finishing" if is_begun else "looking"


def _phase_of_end(job: Job, items: Sequence[Item], code: int | None) -> Phase:
    if code is not None:
        was_ended = code == _INTERRUPTED or code < 0
        return "done" if code in _DONE else "stopped" if was_ended else "failed"
    try:
        written = os.stat(job.request.out / MANIFEST_NAME).st_mtime_ns
    except OSError:
        return "stopped"
    # the manifest is written after the last record
    return "done" if all(one.record.at_ns <= written for one in items) else "stopped"
