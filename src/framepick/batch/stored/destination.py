"""Results in an object store: made on this machine, then uploaded, picks.json at the end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import Any

from framepick.batch.destination import HasResult
from framepick.batch.ledger import FOLDER_NAME, LedgerFiles
from framepick.batch.stored.claims import Check, Claims
from framepick.batch.stored.overview import BEST_PATH, Overview
from framepick.batch.stored.results import StoredResult
from framepick.batch.stored.segments import Segments
from framepick.batch.stored.work_folder import remove_old_work_folders, work_folder
from framepick.batch.tasks import Task
from framepick.errors import OutputError, reason_of
from framepick.files import fit_name, printable
from framepick.outputs.best_folder import best_document
from framepick.outputs.result_folders import PICKS_NAME, ResultBusy
from framepick.stores import store_of
from framepick.urls import MediaFile, UrlFile, url_of

_HASH_BYTES = 8
_WAIT_SECONDS = 1.0
_OVERVIEW = "overview"


class StoreDestination:
    """Results in the folder `url` of an object store.

    Each has a folder of its own that is named after its file and a hash of the file's URL, so that
    no two runs need to agree on names.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._store = store_of(UrlFile(url).protocol)
        self._claims = Claims(self._store, f"{self._url}/{FOLDER_NAME}/claims")
        self._check: Check = lambda: None
        self._result: StoredResult | None = None
        self._overview: Overview | None = None

    @property
    def name(self) -> str:
        """The URL."""
        return self._url

    @property
    def folder(self) -> Path:
        """Where results are made on this machine."""
        return work_folder() / "results"

    def named(self, files: Iterable[MediaFile]) -> list[MediaFile]:
        """Give URLs for all files: paths from here would say nothing in a store."""
        return [file if isinstance(file, UrlFile) else _with_url(file) for file in files]

    def keys(self, files: Iterable[MediaFile]) -> dict[MediaFile, str]:
        """Give the URLs."""
        return {file: printable(file) for file in files}

    def ledger(self) -> LedgerFiles:
        """Give the ledger in the store."""
        return Segments(self._store, f"{self._url}/{FOLDER_NAME}")

    def clear_up(self) -> None:
        """Remove the claims and working folders of processes of this machine that have ended."""
        remove_old_work_folders()
        with self._writing():
            self._claims.clear_up()

    def results(self, *, are_looked_for: bool) -> HasResult:
        """Trust the ledger, or list all that is in the store."""
        if not are_looked_for:
            return lambda folder: True
        with self._writing():
            urls = {one.url for one in self._store.files_below(self._url)}
        return lambda folder: f"{self._url}/{folder}/{PICKS_NAME}" in urls

    @contextmanager
    def reserved(self, task: Task) -> Iterator[Path]:
        """Claim the result, and yield a working folder with what was there of it before."""
        key = printable(task.path)
        digest = blake2b(key.encode(), digest_size=_HASH_BYTES).hexdigest()
        folder = self.folder / fit_name(task.path.name, f"-{digest}")
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            with self._writing():
                self._check = stack.enter_context(self._claims.held(digest))
                self._result = StoredResult(self._store, f"{self._url}/{folder.name}", folder)
                self._result.bring()
            yield folder

    def deliver(self, folder: Path, others: Sequence[str]) -> None:
        """Upload other files, then the result that is reserved."""
        assert self._result is not None  # noqa: S101 - the folder is reserved
        with self._writing():
            self._check()
            here = {f"{self._url}/{name}": self.folder / name for name in others}
            self._store.upload(here)
            for path in here.values():
                path.unlink()
            self._result.upload()

    def forget(self, task: Task) -> None:
        """Remove the working folder; the claim is taken over as its holder has ended."""
        remove_old_work_folders()

    @contextmanager
    def overview(self) -> Iterator[Path]:
        """Yield a folder with the parts that tell whether there is anything to write."""
        folder = work_folder() / _OVERVIEW
        self._overview = Overview(self._store, self._url, folder)
        try:
            with self._writing():
                self._overview.begin()
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def changing_overview(self, *, waits: bool) -> Iterator[None]:
        """Claim the overview, look at it again, and upload what the block changed."""
        assert self._overview is not None  # noqa: S101 - the overview is open
        with ExitStack() as stack:
            with self._writing():
                self._hold_overview(stack, waits)
                self._overview.begin()
            yield
            with self._writing():
                self._overview.upload()

    def bring_results(self, folders: Iterable[str]) -> None:
        """Read picks.json of all results, several at once."""
        assert self._overview is not None  # noqa: S101 - the overview is open
        with self._writing():
            self._overview.bring_results(folders)

    def bring(self, paths: Iterable[str]) -> None:
        """Read files, several at once."""
        assert self._overview is not None  # noqa: S101 - the overview is open
        with self._writing():
            self._overview.bring(paths)

    def best(self) -> dict[str, Any]:
        """Read best.json."""
        with self._writing(), TemporaryDirectory(dir=work_folder()) as folder:
            overview = Overview(self._store, self._url, Path(folder))
            overview.bring([BEST_PATH])
            return best_document(Path(folder))

    def _hold_overview(self, stack: ExitStack, waits: bool) -> None:
        while True:
            try:
                stack.enter_context(self._claims.held(_OVERVIEW))
                return
            except ResultBusy:
                if not waits:
                    raise
                sleep(_WAIT_SECONDS)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(
                f"{self._url}: cannot be written ({reason_of(error)}); "
                "check that objects may be written there, or choose another place"
            ) from error


def _with_url(path: Path) -> UrlFile:
    """Give the URL of a file; links to its folder are resolved, as for keys of local results."""
    full = Path(os.path.realpath(path.parent), path.name)
    try:
        found = full.stat()
    except (OSError, ValueError):  # opening it tells what is wrong
        return url_of(full)
    return UrlFile(url_of(full).url, found.st_size, found.st_mtime_ns)
