"""What lies in a result folder already: what may be replaced, and what is the user's.

picks.json has the SHA-256 of every file that was written, but of itself and of the report, which
tells how long the run took. A file that still has it may be replaced or removed; one that was
changed, renamed or added since is the user's. A still that was changed,
or that has a sidecar that was changed or added, was rated: it stays, with its sidecars.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, count
from pathlib import Path
from typing import Any, Self

from framepick.outputs.result_folders import PICKS_NAME, name_key, read_document
from framepick.outputs.stills.naming import OTHER_NAMES
from framepick.outputs.stills.sidecars import sidecar_names

FrameKey = tuple[int, int]
"""What a frame is found again by: its time stamp and its index."""


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class EarlierFiles:
    """The files of a folder, and what an earlier run said of those that it wrote."""

    folder: Path
    document: Mapping[str, Any] = field(default_factory=dict)
    """What the file `document_name` says."""
    present: frozenset[str] = frozenset()
    """Names of all files and folders."""
    document_name: str = PICKS_NAME

    @classmethod
    def read(cls, folder: Path, document_name: str = PICKS_NAME) -> Self:
        """Read what is in `folder`, which need not exist."""
        try:
            present = frozenset(os.listdir(folder))
        except OSError:
            return cls(folder, document_name=document_name)
        return cls(folder, read_document(folder / document_name), present, document_name)

    @property
    def untouched(self) -> frozenset[str]:
        """Files that are as they were written."""
        return self._unchanged

    @property
    def taken(self) -> frozenset[str]:
        """Names that are the user's now."""
        return self.present - self.untouched - {self.document_name}

    def announcement(self, digests: Mapping[str, str | None]) -> dict[str, Any]:
        """The document while files of `digests` replace those there: it knows both.

        So the next run knows which files are the user's if this one is killed.
        """
        return {**self.document, "being_replaced_by": dict(digests)}

    @cached_property
    def _digests(self) -> dict[str, list[str | None]]:
        """Digests by file name: of the result, and of one that was killed on its way there."""
        found: dict[str, list[str | None]] = {}
        for table in ("being_replaced_by", "files"):
            files = self.document.get(table)
            for name, digest in files.items() if isinstance(files, dict) else ():
                if isinstance(digest, str | None) and name == Path(name).name:
                    found.setdefault(name, []).append(digest)
        return found

    @cached_property
    def _unchanged(self) -> frozenset[str]:
        names = self.present & self._digests.keys()
        return frozenset(name for name in names if self._is_unchanged(name))

    def _is_unchanged(self, name: str) -> bool:
        path = self.folder / name
        try:
            return path.is_file() and not path.is_symlink() and self._is_known(name, path)
        except OSError:
            return False

    def _is_known(self, name: str, path: Path) -> bool:
        digests = self._digests[name]
        return None in digests or digest_of(path) in digests


class EarlierResult(EarlierFiles):
    """The files of a result folder, some of which may be stills that the user rated."""

    @property
    def untouched(self) -> frozenset[str]:
        """Files that are as they were written and belong to no still that was rated."""
        return self._unchanged - set(chain.from_iterable(map(_with_sidecars, self._rated)))

    def rated(self, frame_count: int) -> dict[FrameKey, str]:
        """Stills of a video of so many frames that the user rated, by their frames."""
        if self.document.get("frame_count") != frame_count:
            return {}
        return {key: name for key, name in self._stills.items() if name in self._rated}

    def records_of(self, stills: Iterable[str]) -> dict[str, str | None]:
        """What was written of stills and their sidecars, by name: their digests."""
        names = set(chain.from_iterable(map(_with_sidecars, stills)))
        return {name: self._digests[name][-1] for name in names & self._digests.keys()}

    @cached_property
    def _stills(self) -> dict[FrameKey, str]:
        """Stills that the result had, by their frames."""
        picks = self.document.get("picks")
        rows = [row for row in picks if isinstance(row, dict)] if isinstance(picks, list) else []
        keyed = {(row.get("pts"), row.get("frame_index")): row.get("still") for row in rows}
        return {
            (pts, index): name
            for (pts, index), name in keyed.items()
            if isinstance(pts, int) and isinstance(index, int) and isinstance(name, str)
        }

    @cached_property
    def _rated(self) -> frozenset[str]:
        """Stills that were changed, or that have a sidecar that was changed or added."""
        changed = self.present - self._unchanged
        stills = self.present & self._digests.keys() - set(OTHER_NAMES)
        return frozenset(name for name in stills if changed & set(_with_sidecars(name)))


def free_name(name: str, taken: Iterable[str]) -> str:
    """`name`, or with -2, -3, ... before its ending where that is taken."""
    keys = {name_key(other) for other in taken}
    stem, dot, ending = name.rpartition(".")
    return next(
        candidate
        for number in count(1)
        if name_key(candidate := name if number == 1 else f"{stem}-{number}{dot}{ending}")
        not in keys
    )


def _with_sidecars(still: str) -> list[str]:
    return [still, *sidecar_names(still, "both")]
