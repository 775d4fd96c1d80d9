"""Files of a store brought to this machine while they are worked on, because decoders seek."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from framepick.batch.stored.work_folder import check_room, work_folder
from framepick.cache import fingerprint, fingerprint_of
from framepick.errors import FramepickError, SourceError, reason_of
from framepick.files import cannot_write, fit_name, partial_path
from framepick.owner import new_owner
from framepick.stores import store_of
from framepick.stores.store import BLOCK_BYTES
from framepick.urls import MediaFile, UrlFile

Alive = Callable[[], None]
"""Is called after each block, as a sign of life."""


@contextmanager
def on_this_machine(file: MediaFile, alive: Alive) -> Iterator[Path]:
    """Yield the path of a file; of one in a store, that of a copy, which goes with the block.

    Errors raised in the block name the file by its URL.

    Raises
    ------
    SourceError
        It cannot be read, or there is not enough space for it.
    StoreError, OutputError
        The store cannot be reached; the copy cannot be written.
    """
    local = file if isinstance(file, Path) else file.local
    if local is not None:
        yield local
        return
    assert isinstance(file, UrlFile)  # noqa: S101 - others are local
    folder = partial_path(work_folder() / "file", new_owner())
    path = folder / fit_name(file.name, "")
    try:
        folder.mkdir()
        _bring(file, path, alive)
        yield path
    except FramepickError as error:
        error.args = (str(error).replace(str(path), file.url), *error.args[1:])
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fingerprint_at(file: MediaFile) -> str:
    """Name a file's content as `fingerprint` does; of one in a store just those parts are read.

    Raises
    ------
    SourceError, StoreError
        It cannot be read.
    """
    local = file if isinstance(file, Path) else file.local
    if local is not None:
        return fingerprint(local)
    assert isinstance(file, UrlFile)  # noqa: S101 - others are local
    try:
        with store_of(file.protocol).opened(file) as source:
            return fingerprint_of(source, file.size)
    except OSError as error:
        raise SourceError(f"{file}: cannot be read ({reason_of(error)})") from error


def _bring(file: UrlFile, path: Path, alive: Alive) -> None:
    store = store_of(file.protocol)
    try:
        found = store.look(file.url)
        if found is None:
            raise SourceError(f"{file.url}: there is no such object; check its name")
        check_room(file.url, found.size)
        with store.opened(found) as source:
            _copy(source, found.size, path, alive)
        now = store.look(file.url)
    except OSError as error:
        raise SourceError(f"{file.url}: cannot be read ({reason_of(error)})") from error
    if now is None or _state(now) != _state(found) or path.stat().st_size != found.size:
        raise SourceError(f"{file.url}: changed while it was read; run the same command again")


def _state(file: UrlFile) -> tuple[int, int, str]:
    return file.size, file.mtime_ns, file.etag


def _copy(source: BinaryIO, size: int, path: Path, alive: Alive) -> None:
    """Copy so many bytes; not all stores answer a read at the end with nothing."""
    with path.open("wb") as target:
        while block := source.read(min(BLOCK_BYTES, size - target.tell())):
            try:
                target.write(block)
            except OSError as error:
                raise cannot_write(path, error) from error
            alive()
