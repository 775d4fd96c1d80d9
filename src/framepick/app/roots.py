"""Which folders the app may read and write: those that were named when it was started."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from framepick.errors import UsageError, reason_of

MOST_ENTRIES = 2000
"""Entries of one folder that are listed."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a folder holds that can be opened, in the order of its names."""

    folder: Path
    folders: Sequence[Path]
    files: Sequence[Path]
    is_cut: bool = False
    """Whether there is more than is listed."""


@dataclass(frozen=True, slots=True)
class Roots:
    """Folders whose contents may be read and written, links resolved."""

    folders: tuple[Path, ...]

    @classmethod
    def of(cls, folders: Iterable[Path]) -> Self:
        """Take folders as a user names them.

        Raises
        ------
        UsageError
            One is no folder that can be read.
        """
        found = []
        for folder in folders:
            try:
                real = folder.expanduser().resolve(strict=True)
                with os.scandir(real):
                    pass
            except (OSError, RuntimeError) as error:
                why = reason_of(error) if isinstance(error, OSError) else str(error)
                raise UsageError(f"{folder}: cannot be opened as a folder ({why})") from error
            found.append(real)
        return cls(tuple(dict.fromkeys(found)))

    def resolve(self, name: str | Path) -> Path:
        """Give the place that `name` leads to, links followed; it need not exist.

        Raises
        ------
        UsageError
            It lies outside of the roots.
        """
        try:
            real = Path(os.path.expanduser(str(name).strip())).resolve()
        except (OSError, RuntimeError, ValueError) as error:
            raise UsageError(f"{name}: cannot be followed ({error})") from error
        if not any(real.is_relative_to(root) for root in self.folders):
            inside = ", ".join(map(str, self.folders))
            raise UsageError(
                f"{name}: lies outside of the folders that this app may open ({inside}); start "
                "framepick app with its folder"
            )
        return real

    def holds(self, path: Path) -> bool:
        """Whether a path leads to a place within the roots."""
        with suppress(UsageError):
            self.resolve(path)
            return True
        return False

    def list(self, folder: str | Path, endings: Iterable[str]) -> Listing:
        """List the folders and the files with one of the `endings` in a folder; hidden ones not.

        Links that lead outside of the roots are left out.

        Raises
        ------
        UsageError
            It lies outside of the roots, or cannot be read.
        """
        real, wanted = self.resolve(folder), frozenset(endings)
        try:
            entries = sorted(os.scandir(real), key=lambda one: one.name.casefold())
        except OSError as error:
            raise UsageError(f"{folder}: cannot be listed ({reason_of(error)})") from error
        shown = [one for one in entries if not one.name.startswith(".")]
        folders, files = [], []
        for one in shown[:MOST_ENTRIES]:
            with suppress(OSError, UsageError):
                path = self.resolve(one.path)
                if one.is_dir():
                    folders.append(Path(one.path))
                elif path.is_file() and path.suffix.lower().lstrip(".") in wanted:
                    files.append(Path(one.path))
        return Listing(real, folders, files, is_cut=len(shown) > MOST_ENTRIES)

    def parent(self, folder: Path) -> Path | None:
        """Give the folder above, None at a root."""
        return None if folder in self.folders else folder.parent
