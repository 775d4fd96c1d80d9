"""The folder that a source's result goes to: its own, and of one writer at a time.

It is OUT/NAME.EXT, or OUT/NAME.EXT-HASH where that is taken: by another source's result, by a file
or folder of the user's, or because two sources of one run have that name. A source keeps the
folder that it has. It is known by its path relative to OUT, so that both may move together.
"""

from __future__ import annotations

import json
import os
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from functools import cache
from hashlib import blake2b
from pathlib import Path
from time import sleep
from typing import Any, TypeVar

from framepick.errors import OutputError
from framepick.files import fit_name, is_hidden_name, printable, remove_partials
from framepick.locks import Holder, Lock, holder_of
from framepick.urls import MediaFile, UrlFile

File = TypeVar("File", bound=MediaFile)

PICKS_NAME = "picks.json"
REPORT_NAME = "report.html"
INDEX_NAME = "index.html"
INDEX_PICTURES = "index-pictures"
MANIFEST_NAME = "manifest.jsonl"
TABLE_NAME = "picks.parquet"
BEST_FOLDER = "best"
BEST_NAME = "best.json"
_OF_RUNS = frozenset(
    {REPORT_NAME, INDEX_NAME, INDEX_PICTURES, MANIFEST_NAME, TABLE_NAME, BEST_FOLDER}
)
"""What is written over all sources, and is the folder of none."""
_HASH_BYTES = 4
_WAIT_SECONDS = 0.2


def ignore(note: str) -> None:
    """Ignore a note."""


class _State(Enum):
    FREE = "free"
    OURS = "ours"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A folder that the source could have, and what is known of it."""

    folder: Path
    state: _State
    holder: Holder | None


class ResultBusy(OutputError):  # noqa: N818 - says what the result is
    """Another run works on the same result."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A request for a folder in `out` for the result of `source`."""

    out: Path
    source: MediaFile
    is_shared_name: bool = False
    """Another source of the run has the same name."""
    settings: str = ""
    """What the result depends on besides the source; runs of equal settings wait for each other."""

    @property
    def identity(self) -> str:
        """What the source is known by."""
        return source_identity(self.source, self.out)

    @property
    def plain(self) -> Path:
        """The folder that is named as the source."""
        return self.out / fit_name(self.source.name, "")

    @property
    def hashed(self) -> Path:
        """The folder whose name no other source has."""
        digest = blake2b(self.identity.encode(), digest_size=_HASH_BYTES).hexdigest()
        return self.out / fit_name(self.source.name, f"-{digest}")


def claims_of(out: Path, sources: Iterable[File], settings: str) -> dict[File, Claim]:
    """A claim for each source of a run; where several have one name, none has the plain folder."""
    keys = {source: name_key(fit_name(source.name, "")) for source in sources}
    counts = Counter(keys.values())
    return {source: Claim(out, source, counts[key] > 1, settings) for source, key in keys.items()}


def name_key(name: str) -> str:
    """Key of a file name; equal for names that some file system takes for the same."""
    folded = unicodedata.normalize("NFD", name).casefold()
    return unicodedata.normalize("NFD", folded)


def source_identity(source: MediaFile, out: Path) -> str:
    """The path of a source relative to the folder of results, with slashes; links are resolved.

    Of a source that is known by its URL, that.

    A link that is the source itself stays: what it points at may change.
    """
    return source_identities([source], out)[source]


def source_identities(sources: Iterable[File], out: Path) -> dict[File, str]:
    """Give `source_identity` of each source; each folder is looked at once."""
    real_out = os.path.realpath(out)
    folder_of = cache(lambda folder: _relative(os.path.realpath(folder), real_out))

    def identity(source: MediaFile) -> str:
        if isinstance(source, UrlFile):
            return source.url
        return Path(folder_of(os.path.dirname(source)), source.name).as_posix()

    return {source: printable(identity(source)) for source in sources}


def _relative(folder: str, start: str) -> str:
    with suppress(ValueError):  # on another drive
        return os.path.relpath(folder, start)
    return folder


def read_document(path: Path) -> dict[str, Any]:
    """What the JSON file `path` says of a result; nothing if there is none that can be read."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


@contextmanager
def result_folder(
    claim: Claim, tell: Callable[[str], None] = ignore, *, waits: bool = True
) -> Iterator[Path]:
    """Yield the folder of a source's result, which no other run writes to meanwhile.

    It need not exist. If another run works on the same result with the same settings, this waits
    until that is done, and says so.

    Raises
    ------
    ResultBusy
        Another run works on the same result, and this one does not wait.
    OutputError
        No folder can be had, or another run works on the same result with other settings.
    """
    lock, folder = _locked(claim, tell, waits)
    try:
        # no other run writes here, so everything under hidden names is left over
        remove_partials(folder, lambda owner: True)
        if folder != claim.plain:
            tell(f"the result goes to {printable(folder)}, as {_plain_name(claim)} is taken")
        yield folder
    finally:
        lock.release()


@contextmanager
def locked_result(folder: Path, source: Path, settings: str) -> Iterator[None]:
    """Have the result of `source` in `folder` to oneself, wherever that folder lies.

    Raises
    ------
    OutputError
        Another run writes to it, or the folder cannot be written to.
    """
    lock = Lock(folder, {"source": source_identity(source, folder.parent), "settings": settings})
    if not lock.acquire():
        raise OutputError(
            f"{folder}: is being written by another run ({holder_of(folder)}); wait for it to end"
        )
    try:
        remove_partials(folder, lambda owner: True)
        yield
    finally:
        lock.release()


def _plain_name(claim: Claim) -> str:
    return printable(claim.plain.name)


def _locked(claim: Claim, tell: Callable[[str], None], waits: bool) -> tuple[Lock, Path]:
    has_reported = False
    while True:
        place = _choose(claim, None)
        if place.holder:
            if not waits:
                raise ResultBusy(f"{place.folder}: is being written by {place.holder}")
            _check_same(place, claim)
            if not has_reported:
                tell(f"waiting for {place.holder}, which makes the same result")
            has_reported = True
            sleep(_WAIT_SECONDS)
            continue
        lock = Lock(place.folder, {"source": claim.identity, "settings": claim.settings})
        if lock.acquire():
            if _choose(claim, place.folder).folder == place.folder:
                return lock, place.folder
            lock.release()


def _check_same(place: _Candidate, claim: Claim) -> None:
    assert place.holder is not None  # noqa: S101 - the caller has looked
    if place.holder.facts.get("settings") != claim.settings:
        raise OutputError(
            f"{place.folder}: is being written with other settings by another run "
            f"({place.holder}); wait for it to end or choose another folder"
        )


def _choose(claim: Claim, locked: Path | None) -> _Candidate:
    """The folder to take; `locked` is one that is locked by this very claim."""
    plain, hashed = (_look(folder, claim, locked) for folder in (claim.plain, claim.hashed))
    for place in (plain, hashed):
        if place.state is _State.OURS:
            return place
    if plain.state is _State.FREE and not claim.is_shared_name:
        return plain
    if hashed.state is _State.FREE:
        return hashed
    raise OutputError(
        f"{claim.hashed}: holds something else than the result of {printable(claim.source)}; "
        "move it or choose another folder"
    )


def _look(folder: Path, claim: Claim, locked: Path | None) -> _Candidate:
    holder = None if folder == locked else holder_of(folder)
    if holder:
        is_ours = holder.facts.get("source") == claim.identity
        return _Candidate(
            folder, _State.OURS if is_ours else _State.TAKEN, holder if is_ours else None
        )
    return _Candidate(folder, _state(folder, claim.identity), None)


def _state(folder: Path, identity: str) -> _State:
    if name_key(folder.name) in _OF_RUNS or is_hidden_name(folder.name):
        return _State.TAKEN
    if not os.path.isdir(folder.parent):  # the lock tells what is wrong with that
        return _State.FREE
    try:
        is_empty = not os.listdir(folder)
    except FileNotFoundError:
        is_empty = not folder.is_symlink()
    except OSError:
        return _State.TAKEN
    if is_empty:
        return _State.FREE
    return (
        _State.OURS
        if read_document(folder / PICKS_NAME).get("relative_path") == identity
        else _State.TAKEN
    )
