"""Where the results of a batch go: a folder, or a place in an object store."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from framepick.batch.ledger import FOLDER_NAME, LedgerFiles, LedgerFolder, LedgerWriter
from framepick.batch.tasks import Task
from framepick.errors import OutputError
from framepick.files import remove_leftovers
from framepick.locks import holder_of, locked, release_dead
from framepick.outputs.best_folder import best_document
from framepick.outputs.result_folders import (
    INDEX_PICTURES,
    MANIFEST_NAME,
    PICKS_NAME,
    ResultBusy,
    result_folder,
    source_identities,
)
from framepick.urls import MediaFile, UrlFile, file_of

HasResult = Callable[[str], bool]
"""Tells by its name whether the folder of a result is there."""


class Destination(Protocol):
    """What a batch needs of the place where its results go.

    Methods raise `OutputError` where nothing can be written, and `StoreError` where a store cannot
    be reached.
    """

    @property
    def name(self) -> str:
        """The place as the user named it."""
        ...

    @property
    def folder(self) -> Path:
        """Where results are made on this machine."""
        ...

    def named(self, files: Iterable[MediaFile]) -> list[MediaFile]:
        """Give files under the names by which results know them."""
        ...

    def keys(self, files: Iterable[MediaFile]) -> dict[MediaFile, str]:
        """Give what each file is known by in the ledger."""
        ...

    def ledger(self) -> LedgerFiles:
        """Give the files of the ledger, for one reader or one writer."""
        ...

    def clear_up(self) -> None:
        """Remove what runs that were killed have left half written."""
        ...

    def results(self, *, are_looked_for: bool) -> HasResult:
        """Tell which results are there; those in a store are looked for only if asked to."""
        ...

    def reserved(self, task: Task) -> AbstractContextManager[Path]:
        """Yield the folder for the result of a file, to which no other run writes meanwhile.

        Raises
        ------
        ResultBusy
            Another run works on the same file.
        """
        ...

    def deliver(self, folder: Path, others: Sequence[str]) -> None:
        """Bring a result that is complete in its reserved folder, and other files, to the place.

        `others` are paths below `self.folder`.

        Raises
        ------
        ResultBusy
            Another run has taken over the file.
        """
        ...

    def forget(self, task: Task) -> None:
        """Remove what a worker that has ended left half written of a file."""
        ...

    def overview(self) -> AbstractContextManager[Path]:
        """Yield a folder with what is written over all files, as it is now."""
        ...

    def changing_overview(self, *, waits: bool) -> AbstractContextManager[None]:
        """Be the only run that changes what is in the folder of `overview`, once it can be.

        Raises
        ------
        ResultBusy
            Another run does, and this one does not wait.
        """
        ...

    def bring_results(self, folders: Iterable[str]) -> None:
        """Make what an overview of these results needs be there, in the folder of `overview`.

        That is their picks.json; other files are there to be seen, and have content with `bring`.
        """
        ...

    def bring(self, paths: Iterable[str]) -> None:
        """Make files be there with their content, in the folder of `overview`."""
        ...

    def best(self) -> dict[str, Any]:
        """Give what best.json says; nothing if there is none."""
        ...


class LocalDestination:
    """A folder of results."""

    def __init__(self, out: Path) -> None:
        self._out = out

    @property
    def name(self) -> str:
        """The folder."""
        return str(self._out)

    @property
    def folder(self) -> Path:
        """The folder."""
        return self._out

    def named(self, files: Iterable[MediaFile]) -> list[MediaFile]:
        """Give the files as they are."""
        return list(files)

    def keys(self, files: Iterable[MediaFile]) -> dict[MediaFile, str]:
        """Give paths relative to the folder, and URLs."""
        return source_identities(files, self._out)

    def ledger(self) -> LedgerFiles:
        """Give the ledger in the folder."""
        return LedgerFolder(self._out)

    def clear_up(self) -> None:
        """Remove hidden files of processes that have ended, and their locks."""
        for folder in (self._out, self._out / INDEX_PICTURES, self._out / FOLDER_NAME):
            remove_leftovers(folder)
        for folder in (self._out, self._out / FOLDER_NAME):
            release_dead(folder)

    def results(self, *, are_looked_for: bool) -> HasResult:
        """Look for each result when it is asked for."""
        return lambda folder: os.path.isfile(self._out / folder / PICKS_NAME)

    def reserved(self, task: Task) -> AbstractContextManager[Path]:
        """Lock the folder of the result."""
        return result_folder(task.claim(self._out), waits=False)

    def deliver(self, folder: Path, others: Sequence[str]) -> None:
        """Do nothing: results are made where they belong."""

    def forget(self, task: Task) -> None:
        """Take over the lock of the worker, which removes its hidden files."""
        with suppress(OutputError), self.reserved(task):
            pass

    @contextmanager
    def overview(self) -> Iterator[Path]:
        """Yield the folder of results."""
        yield self._out

    def changing_overview(self, *, waits: bool) -> AbstractContextManager[None]:
        """Lock the manifest."""
        manifest = self._out / MANIFEST_NAME
        if not waits and holder_of(manifest):
            raise ResultBusy(f"{manifest}: is being written by another run")
        return locked(manifest)

    def bring_results(self, folders: Iterable[str]) -> None:
        """Do nothing: all results are there."""

    def bring(self, paths: Iterable[str]) -> None:
        """Do nothing: all files are there."""

    def best(self) -> dict[str, Any]:
        """Read best.json."""
        return best_document(self._out)


def destination_of(name: str) -> Destination:
    """Give the destination that `Destination.name` names."""
    place = file_of(name)
    if isinstance(place, UrlFile):
        from framepick.batch.stored.destination import StoreDestination

        return StoreDestination(place.url)
    return LocalDestination(place)


def ledger_writer(name: str) -> LedgerWriter:
    """Give a writer of the ledger at the destination of that name."""
    return LedgerWriter(destination_of(name).ledger())
