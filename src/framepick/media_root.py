r"""Where media lies on the machine that edits, and its file URLs.

A root is one folder there, such as /Volumes/Footage, D:\Footage or \\server\share, or HERE=THERE:
what lies below the folder HERE on this machine lies below THERE on the other one.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Self
from urllib.parse import quote_from_bytes

from framepick.errors import UsageError
from framepick.urls import MediaFile, full_name

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_SHARE = re.compile(r"[\\/]{2}[^\\/]+[\\/]+[^\\/]+")


@dataclass(frozen=True, slots=True)
class MediaRoot:
    """Turns paths of this machine into those of another one."""

    there: PurePath
    """Absolute folder on the other machine, Windows or not."""
    here: Path | None = None
    """Absolute folder on this machine that `there` stands for; None for the folder of each file."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a root as users write it.

        Raises
        ------
        ValueError
            The folder on the other machine is not absolute.
        """
        here, equals, there = text.rpartition("=")
        if equals and not here:
            raise ValueError(f"media root {text!r}: name a folder before the equals sign")
        if not _is_absolute(there):
            raise ValueError(
                f"media root {text!r}: {there!r} is no absolute folder; "
                r"write one such as /Volumes/Footage, D:\Footage or \\server\share"
            )
        return cls(_pure(there), Path(os.path.abspath(here)) if here else None)

    def place(self, file: MediaFile) -> PurePath:
        """Give where a file lies on the other machine.

        Raises
        ------
        UsageError
            It lies outside of the folder that `there` stands for.
        """
        full = Path(full_name(file))
        here = full.parent if self.here is None else self.here
        if not full.is_relative_to(here):
            raise UsageError(f"{file}: lies outside {here}, the folder that --media-root replaces")
        return self.there.joinpath(*full.relative_to(here).parts)


def file_url(path: PurePath) -> str:
    """Give the URL of an absolute path: file:///films/a.mov, file:///D:/a.mov, file://server/a.mov.

    Bytes that are no text are kept, percent-encoded.
    """
    if not isinstance(path, PureWindowsPath):
        return "file://" + _quoted(str(path))
    drive, rest = path.drive.replace("\\", "/"), path.as_posix()[len(path.drive) :]
    if drive.startswith("//"):
        return "file:" + _quoted(drive + rest)
    return f"file:///{drive}{_quoted(rest)}"


def _is_absolute(text: str) -> bool:
    return text.startswith("/") or bool(_DRIVE.match(text) or _SHARE.match(text))


def _pure(text: str) -> PurePath:
    is_windows = _DRIVE.match(text) or text.startswith("\\\\")
    return PureWindowsPath(text) if is_windows else PurePosixPath(text)


def _quoted(text: str) -> str:
    return quote_from_bytes(os.fsencode(text), safe="/")
