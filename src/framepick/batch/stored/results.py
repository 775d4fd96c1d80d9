"""The folder of one result in an object store."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from framepick.files import cannot_write
from framepick.outputs.earlier import EarlierResult
from framepick.outputs.result_folders import PICKS_NAME, read_document
from framepick.stores import Store


class StoredResult:
    """Brings an earlier result here before it is made again, and then uploads the new one.

    `folder` is the working folder on this machine, and `url` the folder in the store. All methods
    raise `OSError` or `StoreError`.
    """

    def __init__(self, store: Store, url: str, folder: Path) -> None:
        self._store = store
        self._url = url
        self._folder = folder
        self._present: frozenset[str] = frozenset()
        """Names of what lies in the store; those with a slash are not ours."""
        self._earlier = EarlierResult(folder)

    def bring(self) -> None:
        """Copy a complete result to this machine: what the user changed in it will stay."""
        start = f"{self._url}/"
        found = (one.url.removeprefix(start) for one in self._store.files_below(self._url))
        self._present = frozenset(name for name in found if "/" not in name)
        if PICKS_NAME not in self._present:
            return  # at most the rest of an upload that was killed
        names = sorted(self._present)
        contents = self._store.read_all(f"{self._url}/{name}" for name in names)
        for name, content in zip(names, contents, strict=True):
            if content is not None:
                write_here(self._folder / name, content)
        self._earlier = EarlierResult.read(self._folder)

    def upload(self) -> None:
        """Upload all files, picks.json at the end; then remove those that are no longer there."""
        files = {one.name: Path(one.path) for one in os.scandir(self._folder) if one.is_file()}
        picks = files.pop(PICKS_NAME)
        if self._earlier.document:
            self._announce(read_document(picks).get("files", {}))
        self._store.upload({f"{self._url}/{name}": path for name, path in files.items()})
        self._store.upload({f"{self._url}/{PICKS_NAME}": picks})
        gone = self._present - files.keys() - {PICKS_NAME}
        self._store.remove(f"{self._url}/{name}" for name in gone)

    def _announce(self, digests: Mapping[str, str | None]) -> None:
        """Say in the earlier picks.json which files are being replaced, in case this is killed."""
        document = json.dumps(self._earlier.announcement(digests), ensure_ascii=False)
        self._store.write(f"{self._url}/{PICKS_NAME}", document.encode())


def write_here(path: Path, content: bytes) -> None:
    """Write a file of this machine, and the folders that it lies in.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise cannot_write(path, error) from error
