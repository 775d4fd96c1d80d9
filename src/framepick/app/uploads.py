"""Files that a browser sends: on disk at once, in a private folder that ends with the session."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from framepick.errors import OutputError, UsageError, reason_of
from framepick.owner import Owner, this_process

_PREFIX = "framepick-app-"
_PARTIAL = ".part"
_LONGEST_NAME = 120
_FREE_BYTES = 64 << 20
"""Bytes that are left free on the disk, whatever is sent."""
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def clean_name(name: str) -> str:
    """Give a file name that is safe on every system: no folders, no control characters."""
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(c if c.isprintable() and c not in '<>:"|?*' else "_" for c in last)
    stem, ending = os.path.splitext(visible.strip(" .").replace("\ufffd", "_"))
    while len(f"{stem}{ending}".encode()) > _LONGEST_NAME and (stem or ending):
        stem, ending = (stem[:-1], ending) if stem else (stem, ending[:-1])
    safe = f"{stem}{ending}".strip(" .") or "upload"
    return f"_{safe}" if _RESERVED.fullmatch(safe) else safe


def size_text(size: float) -> str:
    """Give a size as people write it: 1.5 GB."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if size >= 10 or unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError


class Uploads:
    """Keeps uploads of all sessions of this server, below one private temporary folder."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        remove_left_behind()
        prefix = f"{_PREFIX}{this_process().token}-"
        try:
            self.folder = Path(tempfile.mkdtemp(prefix=prefix))
        except OSError as error:
            raise OutputError(
                f"{tempfile.gettempdir()}: no temporary folder can be made ({reason_of(error)})"
            ) from error

    def new_folder(self) -> Path:
        """Make a folder that nobody else knows of."""
        folder = self.folder / secrets.token_hex(8)
        folder.mkdir(mode=0o700)
        return folder

    async def receive(
        self, folder: Path, name: str, size: int | None, chunks: AsyncIterator[bytes]
    ) -> Path:
        """Write what a browser sends to a new place in `folder`; nothing stays of what fails.

        Parameters
        ----------
        folder
            A folder of the session.
        name
            File name as the browser gives it.
        size
            Bytes that are announced, None where that is not known.
        chunks
            The content.

        Raises
        ------
        UsageError
            It is larger than the limit, empty, or not all of it came.
        OutputError
            It cannot be written, as when a disk is full.
        """
        name = clean_name(name)
        self._check_size(name, size or 0)
        place = folder / secrets.token_hex(8)
        try:
            place.mkdir(mode=0o700)
            done = await self._write(place / f"{name}{_PARTIAL}", name, chunks)
            if done == 0 or (size is not None and done != size):
                why = f"only {size_text(done)} came" if done else "it is empty"
                raise UsageError(f"{name}: {why}; choose it again")
            return (place / f"{name}{_PARTIAL}").rename(place / name)
        except OSError as error:
            remove(place)
            raise OutputError(f"{name}: cannot be kept ({reason_of(error)})") from error
        except BaseException:
            remove(place)
            raise

    async def _write(self, path: Path, name: str, chunks: AsyncIterator[bytes]) -> int:
        done = 0
        with path.open("xb") as file:
            async for chunk in chunks:
                done += len(chunk)
                self._check_size(name, done)
                file.write(chunk)
        return done

    def _check_size(self, name: str, size: int) -> None:
        if size > self.limit_bytes:
            raise UsageError(
                f"{name}: is larger than {size_text(self.limit_bytes)}, the limit of uploads; "
                "open it from a folder instead, or start framepick app with --upload-limit"
            )
        if size > shutil.disk_usage(self.folder).free + size - _FREE_BYTES:
            raise OutputError(f"{name}: the temporary folder has no space for it")

    def close(self) -> None:
        """Remove all that was sent."""
        remove(self.folder)


def remove(folder: Path) -> None:
    """Remove a folder and all in it, as far as that can be."""
    shutil.rmtree(folder, ignore_errors=True)


def remove_left_behind() -> None:
    """Remove what servers left that were killed."""
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            token, _, rest = entry.name.removeprefix(_PREFIX).rpartition("-")
            owner = Owner.parse(token)
            is_ours = entry.name.startswith(_PREFIX) and rest
            if is_ours and owner and owner.is_gone() and entry.is_dir(follow_symlinks=False):
                remove(Path(entry.path))
