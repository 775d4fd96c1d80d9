"""Picks from one file of a batch, and gives the record of what came of it."""

from __future__ import annotations

import errno
import time
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from framepick.aesthetic import AestheticModel
from framepick.batch.destination import Destination
from framepick.batch.ledger import Ledger, LedgerWriter, Record, State
from framepick.batch.splits import is_split
from framepick.batch.stored.staging import on_this_machine
from framepick.batch.tasks import Task
from framepick.cache import Cache, fingerprint
from framepick.config import VideoConfig
from framepick.errors import FramepickError, OutputError, StoreError, WeightsError, unexpected
from framepick.files import check_space, printable, whole_file
from framepick.outputs.folder import Written
from framepick.outputs.overview import overview_item
from framepick.outputs.result_folders import INDEX_PICTURES, ResultBusy
from framepick.parts import Scored
from framepick.protocols import Progress
from framepick.results import VideoResult
from framepick.videos import pick_video

_OF_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})


@dataclass(frozen=True, slots=True, eq=False)
class Picker:
    """Picks from files, one after the other, with one model."""

    destination: Destination
    model: AestheticModel
    config: VideoConfig
    cache: Cache | None
    threads: int | None
    has_index: bool
    """Pictures for the index are wanted."""
    ledger: Ledger
    """Reads what other processes finish meanwhile."""
    writer: LedgerWriter

    def pick(self, task: Task, tell: Progress, scored: Scored | None = None) -> Record | None:
        """Pick from one file; the result is written, and then the record.

        None if another run works on this file at the moment. `scored` are frames of it that this
        run has scored already.

        Raises
        ------
        OutputError
            Nothing can be written to the folder of results any more, such as on a full disk.
        StoreError
            A store cannot be reached.
        WeightsError
            The model cannot be used.
        """
        key = self.destination.keys([task.path])[task.path]
        if scored is None and is_split(self.destination, key):
            return None
        try:
            with self.destination.reserved(task) as folder:
                if other := self._finished_by_other(key, task):
                    return other
                record = self._attempt(task, key, folder, tell, scored)
                self.writer.append(record)
                return record
        except ResultBusy:
            return None
        except OutputError as error:
            if _is_of_disk(error):
                raise
            check_space(self.destination.folder)
            record = failure(task, key, str(error))
            self.writer.append(record)
            return record

    def _finished_by_other(self, key: str, task: Task) -> Record | None:
        record = self.ledger.records().get(key)
        return record if record and record.version == task.version else None

    def _attempt(
        self, task: Task, key: str, folder: Path, tell: Progress, scored: Scored | None
    ) -> Record:
        begin = time.monotonic()
        try:
            with on_this_machine(task.path, lambda: tell(0, None)) as path:
                name = fingerprint(path)
                result, written = pick_video(
                    path,
                    folder,
                    self.model,
                    self.config,
                    tell,
                    cache=self.cache,
                    threads=self.threads,
                    name=task.path,
                    scored=scored,
                )
        except (OutputError, StoreError, WeightsError):
            raise
        except FramepickError as error:
            return failure(task, key, str(error))
        except Exception as error:
            reason = unexpected(error)
            return failure(task, key, reason)
        if written.failures:
            check_space(self.destination.folder)  # on a full disk no other file need be tried
        pictures = self._write_picture(key, result, written)
        self.destination.deliver(folder, pictures)
        facts = {**_facts(result, written.report), "seconds": round(time.monotonic() - begin, 3)}
        state, reason = _state(result, written)
        return replace(
            failure(task, key, reason),
            state=state,
            fingerprint=name,
            folder=folder.name,
            facts=facts,
        )

    def _write_picture(self, key: str, result: VideoResult, written: Written) -> list[str]:
        """Write the picture for the index, and give its path; nothing where there is none."""
        from framepick.outputs.batch_pictures import strip_of

        picture = strip_of(result, written.previews) if self.has_index else None
        if not picture:
            return []
        name = picture_name(key)
        with whole_file(self.destination.folder / name) as file:
            file.write_bytes(picture)
        return [name]


def picture_name(key: str) -> str:
    """Give the path of the index's picture of a file, relative to the folder of results."""
    return f"{INDEX_PICTURES}/{blake2b(key.encode(), digest_size=8).hexdigest()}.jpg"


def failure(task: Task, key: str, reason: str) -> Record:
    """Give the record of a file that failed now."""
    # a message may hold a name that is not UTF-8
    return Record(key, "failed", task.version, time.time_ns(), reason=printable(reason))


def _is_of_disk(error: OutputError) -> bool:
    """Tell whether no other file could be written either: a full or read-only disk, a quota."""
    return isinstance(error.__cause__, OSError) and error.__cause__.errno in _OF_DISK


def _state(result: VideoResult, written: Written) -> tuple[State, str]:
    if written.failures:
        first = written.failures[0]
        return "failed", printable(f"{first.file} could not be written ({first.reason})")
    if result.error_count:
        return "partial", f"damaged: {result.error_count:,} decoding errors"
    return "ok", ""


def _facts(result: VideoResult, report: str | None) -> dict[str, Any]:
    item = overview_item(result, report)
    return {
        "picks": item.pick_count,
        "best_score": item.best_score and round(item.best_score, 6),
        "duration_seconds": item.duration_seconds and round(item.duration_seconds, 3),
        "frames": item.frame_count,
        "report": item.report,
        "notes": [printable(note) for note in item.notes],
    }
