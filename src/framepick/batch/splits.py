"""Long files whose frames several workers score before one of them picks."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

from framepick.batch.destination import Destination, LocalDestination
from framepick.batch.ledger import FOLDER_NAME, Ledger
from framepick.batch.work import Work
from framepick.files import cannot_write, partial_path
from framepick.locks import Lock, holder_of
from framepick.outputs.result_folders import ResultBusy, result_folder
from framepick.owner import new_owner
from framepick.parts import Scored


@dataclass(slots=True, eq=False)
class Split:
    """A file that this run has split; no other run works on it until it is closed."""

    work: Work
    """The pick from all that is scored."""
    scored: Scored
    lock: Lock
    done: int = 0
    """Shares that are scored."""

    @property
    def shares(self) -> list[Work]:
        """Give the shares to score."""
        return [replace(self.work, share=at) for at in range(self.scored.shares)]

    @property
    def is_scored(self) -> bool:
        """Whether all shares are."""
        return self.done == self.scored.shares

    def close(self) -> None:
        """Remove what was scored, and let others work on the file."""
        shutil.rmtree(self.scored.folder, ignore_errors=True)
        self.lock.release()


@dataclass(frozen=True, slots=True)
class Splitter:
    """Splits files; what workers score goes through the folder of results, which all reach."""

    out: Path
    ledger: Ledger
    """Reads what other runs finish meanwhile."""

    def split(self, work: Work, shares: int) -> Split | None:
        """Split a file; None if another run has finished it meanwhile.

        Raises
        ------
        ResultBusy
            Another run works on the file.
        OutputError
            The folder of results cannot be written to, or is of something else.
        """
        lock = Lock(_place(self.out, work.key), {"source": work.key})
        if not lock.acquire():
            raise ResultBusy(f"{work.task.path}: another run works on it")
        try:
            if self._is_finished(work):
                lock.release()
                return None
            scored = Scored(self._make_folder(work), shares)
        except BaseException:
            lock.release()
            raise
        return Split(replace(work, scored=scored), scored, lock)

    def _is_finished(self, work: Work) -> bool:
        record = self.ledger.records().get(work.key)
        return record is not None and record.version == work.task.version

    def _make_folder(self, work: Work) -> Path:
        """Make a folder for scored frames, once it is sure that nobody writes the result."""
        with result_folder(work.task.claim(self.out), waits=False):
            pass
        folder = partial_path(_place(self.out, work.key), new_owner())
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise cannot_write(folder, error) from error
        return folder


def is_split(destination: Destination, key: str) -> bool:
    """Tell whether some run has split a file, and works on it."""
    is_local = isinstance(destination, LocalDestination)
    return is_local and holder_of(_place(destination.folder, key)) is not None


def _place(out: Path, key: str) -> Path:
    name = blake2b(key.encode(), digest_size=8).hexdigest()
    return out / FOLDER_NAME / f"{name}.frames"
