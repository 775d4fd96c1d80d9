"""Videos in object stores."""

from __future__ import annotations

from collections.abc import Sequence

from framepick.batch.file_kinds import HEAD_BYTES, has_head_of_video, kind_of
from framepick.errors import SourceError, reason_of
from framepick.stores import Store, store_of
from framepick.stores.store import is_pattern
from framepick.urls import UrlFile


def find_stored(place: UrlFile, own: str) -> list[UrlFile]:
    """Find the videos that a URL names: those below a folder or that fit a pattern, or a file.

    Hidden objects below a folder are passed over, and what lies below the URL `own`. A URL of
    nothing is given as it is, unless it ends with a slash: working on it tells what is wrong.

    Raises
    ------
    SourceError, StoreError
        Objects cannot be listed; the store cannot be reached.
    """
    try:
        return _found(store_of(place.protocol), place, own)
    except OSError as error:
        raise SourceError(f"{place}: cannot be listed ({reason_of(error)})") from error


def read_stored(file: UrlFile) -> bytes:
    """Read a list of files from a store.

    Raises
    ------
    SourceError, StoreError
        It cannot be read; the store cannot be reached.
    """
    try:
        return store_of(file.protocol).read(file.url)
    except OSError as error:
        raise SourceError(f"{file}: cannot be read ({reason_of(error)})") from error


def _found(store: Store, place: UrlFile, own: str) -> list[UrlFile]:
    below = store.files_below(place.url)
    if below == [place]:
        return below
    if below:
        top = place.url.rstrip("/") + "/"
        wanted = [one for one in below if not _is_hidden(one.url.removeprefix(top))]
        return _videos(store, wanted if top.startswith(own) else _without(wanted, own))
    if is_pattern(place.url) and (matches := store.matches(place.url)):
        return _without(matches, own)
    return [] if place.url.endswith("/") else [place]


def _without(files: Sequence[UrlFile], own: str) -> list[UrlFile]:
    return [one for one in files if not one.url.startswith(own)]


def _videos(store: Store, files: Sequence[UrlFile]) -> list[UrlFile]:
    kinds = {one: kind_of(one.suffix) for one in files}
    unknown = [one for one in files if kinds[one] == "unknown" and one.size > 0]
    heads = store.read_all((one.url for one in unknown), 0, HEAD_BYTES)
    pairs = zip(unknown, heads, strict=True)
    sniffed = {one for one, head in pairs if head and has_head_of_video(head)}
    return [one for one in files if kinds[one] == "video" or one in sniffed]


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") and part not in (".", "..") for part in path.split("/"))
