"""What is written over all results in an object store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from framepick.batch.stored.results import write_here
from framepick.outputs.batch_index import PAGE_ROWS, page_name
from framepick.outputs.result_folders import (
    BEST_FOLDER,
    BEST_NAME,
    INDEX_NAME,
    INDEX_PICTURES,
    MANIFEST_NAME,
    PICKS_NAME,
    TABLE_NAME,
    read_document,
)
from framepick.stores import Store

BEST_PATH = f"{BEST_FOLDER}/{BEST_NAME}"
_FILES_AT_ONCE = 500
_State = tuple[int, int]
"""Size and time of a file."""


class Overview:
    """The overview in the folder `url` of a store, as files in `folder` on this machine.

    Files that are only looked for are empty. All methods raise `OSError` or `StoreError`, and
    `OutputError` where nothing can be written here.
    """

    def __init__(self, store: Store, url: str, folder: Path) -> None:
        self._store = store
        self._url = url
        self._folder = folder
        self._known: dict[str, _State] = {}
        """Files that are as in the store, by their paths."""

    def begin(self) -> None:
        """Bring what tells whether there is anything to write."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.bring([MANIFEST_NAME, BEST_PATH])
        lines = 0
        with suppress(FileNotFoundError):
            lines = (self._folder / MANIFEST_NAME).read_bytes().count(b"\n")
        pages = [page_name(number) for number in range(2, -(-lines // PAGE_ROWS) + 1)]
        known = [one for one in (TABLE_NAME, INDEX_NAME) if self._store.look(self._of(one))]
        self._show(known + pages)

    def bring_results(self, folders: Iterable[str]) -> None:
        """Bring picks.json of results and the best stills; show all pictures."""
        for some in _parts(folders):
            self.bring(f"{folder}/{PICKS_NAME}" for folder in some)
            for folder in some:
                self._show(f"{folder}/{still}" for still in _stills(self._folder / folder))
        best, pictures = self._names_in(BEST_FOLDER), self._names_in(INDEX_PICTURES)
        self.bring(path for path in best if path != BEST_PATH)
        self._show(pictures)

    def bring(self, paths: Iterable[str]) -> None:
        """Bring files, as far as they are there."""
        for some in _parts(paths):
            contents = self._store.read_all(map(self._of, some))
            for path, content in zip(some, contents, strict=True):
                if content is not None:
                    self._keep(path, content)

    def upload(self) -> None:
        """Upload what has changed since, the manifest at the end; remove what is gone."""
        files = {str(one.relative_to(self._folder)): one for one in _files(self._folder)}
        changed = {name: one for name, one in files.items() if self._known.get(name) != _state(one)}
        last = changed.pop(MANIFEST_NAME, None)
        self._store.upload({self._of(name): path for name, path in changed.items()})
        self._store.remove(self._of(name) for name in self._known.keys() - files.keys())
        if last:
            self._store.upload({self._of(MANIFEST_NAME): last})

    def _show(self, paths: Iterable[str]) -> None:
        for path in paths:
            self._keep(path, b"")

    def _keep(self, path: str, content: bytes) -> None:
        write_here(self._folder / path, content)
        self._known[path] = _state(self._folder / path)

    def _names_in(self, folder: str) -> list[str]:
        return [f"{folder}/{one.name}" for one in self._store.files_below(self._of(folder))]

    def _of(self, path: str) -> str:
        return f"{self._url}/{path}"


def _stills(folder: Path) -> list[str]:
    """Give the names of the stills that a result says it has."""
    picks = read_document(folder / PICKS_NAME).get("picks")
    names = [pick.get("still") for pick in picks or () if isinstance(pick, dict)]
    return [name for name in names if isinstance(name, str) and name == Path(name).name]


def _parts(paths: Iterable[str]) -> Iterator[Sequence[str]]:
    rest = iter(paths)
    while some := list(islice(rest, _FILES_AT_ONCE)):
        yield some


def _files(folder: Path) -> Iterator[Path]:
    return (one for one in folder.rglob("*") if one.is_file())


def _state(path: Path) -> _State:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
