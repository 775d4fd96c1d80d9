"""How far a run is, told in a small file beside the ledger while it lasts, for whoever looks on."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, Self

from framepick.batch.engine import Running
from framepick.batch.ledger import FOLDER_NAME
from framepick.errors import OutputError
from framepick.files import printable, remove_leftovers, whole_file
from framepick.owner import Owner, this_process

_SUFFIX = ".status"
_EVERY_SECONDS = 1.0


class Counted(Protocol):
    """What is told of a run: `run.Batch`."""

    @property
    def ours(self) -> Sequence[Any]: ...
    @property
    def before(self) -> int: ...
    @property
    def finished(self) -> int: ...
    @property
    def running(self) -> Sequence[Running]: ...


@dataclass(frozen=True, slots=True)
class Status:
    """How far a run is."""

    started: float
    """When its first file was begun, in seconds since the epoch."""
    total: int
    """Files of this run."""
    before: int
    """Files that needed nothing from the start."""
    finished: int
    """Files that have come to an end, now or before."""
    running: tuple[tuple[str, float | None], ...] = ()
    """Names of files that are worked on, and how much of each is scored, 0 to 1, where known."""

    @classmethod
    def of_json(cls, values: Any) -> Self:
        """Read what JSON made of a status.

        Raises
        ------
        KeyError, TypeError, ValueError
            It is none.
        """
        running = tuple(
            (str(name), None if share is None else float(share))
            for name, share in values["running"]
        )
        total, before, finished = (int(values[name]) for name in ("total", "before", "finished"))
        return cls(float(values["started"]), total, before, finished, running)


@contextmanager
def told(batch: Counted, out: Path) -> Iterator[Callable[[], None]]:
    """Give what tells how far `batch` is, to be called often; after the block nothing is told.

    A folder that cannot be written to is no error: the run itself will tell.
    """
    path, started, last = _path(out, this_process()), time.time(), float("-inf")

    def tell() -> None:
        nonlocal last
        if time.monotonic() - last < _EVERY_SECONDS:
            return
        last = time.monotonic()
        with suppress(OSError, OutputError), whole_file(path) as new:
            new.write_text(json.dumps(asdict(_status(batch, started))), encoding="ascii")

    try:
        yield tell
    finally:
        with suppress(OSError):
            path.unlink()


def status_of(out: Path, process: Owner) -> Status | None:
    """Give how far the run of a process is, None where it tells nothing, or tells it elsewhere."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return Status.of_json(json.loads(_path(out, process).read_text(encoding="ascii")))
    return None


def remove_left(out: Path) -> None:
    """Remove what runs told that were killed."""
    remove_leftovers(out / FOLDER_NAME)
    with suppress(OSError), os.scandir(out / FOLDER_NAME) as entries:
        for entry in entries:
            owner = Owner.parse(entry.name.removesuffix(_SUFFIX))
            if entry.name.endswith(_SUFFIX) and owner and owner.is_gone():
                os.unlink(entry)


def _path(out: Path, process: Owner) -> Path:
    return out / FOLDER_NAME / f"{process.token}{_SUFFIX}"


def _status(batch: Counted, started: float) -> Status:
    running = tuple((printable(one.work.task.path.name), one.share) for one in batch.running)
    return Status(started, len(batch.ours), batch.before, batch.finished, running)
