"""Which files a batch works on: folders, patterns, lists and files, each file once."""

from __future__ import annotations

import fnmatch
import glob
import itertools
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

from framepick.batch.file_kinds import HEAD_BYTES, has_head_of_video, kind_of
from framepick.batch.stored.finding import find_stored, read_stored
from framepick.errors import SourceError, reason_of
from framepick.sources.walking import files_below
from framepick.urls import MediaFile, UrlFile, place_of


def looks_like_video(path: Path) -> bool:
    """Tell whether a file has the ending of a video, or an unknown one and the first bytes."""
    kind = kind_of(path.suffix)
    return kind == "video" or (kind == "unknown" and has_head_of_video(_head(path)))


def find_videos(
    inputs: Iterable[MediaFile],
    out: MediaFile,
    on_error: Callable[[OSError], None] | None = None,
) -> list[MediaFile]:
    """Find the videos of all `inputs`, each once, in order; those of a folder in order of paths.

    A name that no file has and that holds *, ? or [ is a pattern, in which ** stands for any
    folders. Files that are named are taken whatever they are. What lies in the folder of results
    `out` is passed over when folders are walked.

    Raises
    ------
    SourceError, StoreError
        What is in an object store cannot be listed; the store cannot be reached.
    """
    own = out.url.rstrip("/") + "/" if isinstance(out, UrlFile) else _folder_name(out)
    found: dict[str, MediaFile] = {}
    for each in inputs:
        for video in _found(each, own, on_error):
            name = os.path.abspath(video) if isinstance(video, Path) else video.url
            found.setdefault(name, video)
    return list(found.values())


def read_list(name: str) -> list[str]:
    """Read the names that a file lists, or standard input for -: one a line, or split by NULs.

    Raises
    ------
    SourceError, StoreError
        The list cannot be read; the store that it is in cannot be reached.
    """
    try:
        content = _content(name)
    except (OSError, ValueError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else str(error)
        raise SourceError(f"{name}: cannot be read ({reason})") from error
    parts = content.split(b"\0") if b"\0" in content else content.splitlines()
    return [os.fsdecode(part) for part in parts if part]


def over_limit(videos: Iterable[MediaFile], limit: int | None) -> set[MediaFile]:
    """Give the videos beyond the first `limit` of each folder; None is no limit."""
    counts: Counter[Path | str] = Counter()
    beyond: set[MediaFile] = set()
    for video in videos:
        counts[video.parent] += 1
        if limit is not None and counts[video.parent] > limit:
            beyond.add(video)
    return beyond


def _content(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    place = place_of(name)
    return read_stored(place) if isinstance(place, UrlFile) else place.read_bytes()


def _found(
    place: MediaFile, own: str, on_error: Callable[[OSError], None] | None
) -> Iterable[MediaFile]:
    """Find the videos that an input names; those below `own` only if it lies there itself."""
    if isinstance(place, UrlFile):
        return find_stored(place, own)
    return (
        video
        for path in _matches(place)
        for video in _videos_of(path, None if _folder_name(path).startswith(own) else own, on_error)
    )


def _folder_name(path: Path) -> str:
    """Give the one name of a folder, with a slash at its end."""
    return os.path.join(os.path.realpath(path), "")


def _matches(path: Path) -> list[Path]:
    if os.path.lexists(path) or not glob.has_magic(os.fspath(path)):
        return [path]
    if "**" in path.parts:
        return _matches_below(path) or [path]
    return [Path(name) for name in sorted(glob.glob(os.fspath(path)))] or [path]


def _matches_below(pattern: Path) -> list[Path]:
    """Give the files that a pattern with ** matches; no folder is visited twice."""
    fixed = list(itertools.takewhile(lambda part: not glob.has_magic(part), pattern.parts))
    top, parts = Path(*fixed), pattern.parts[len(fixed) :]
    return sorted(files_below(top, lambda path: _fits(path.relative_to(top).parts, parts)))


def _fits(names: Sequence[str], parts: Sequence[str]) -> bool:
    """Tell whether the names of a path fit the parts of a pattern; ** is any number of folders."""
    if not names or not parts:
        return not names and not parts
    if parts[0] == "**":
        return _fits(names, parts[1:]) or _fits(names[1:], parts)
    return fnmatch.fnmatch(names[0], parts[0]) and _fits(names[1:], parts[1:])


def _videos_of(
    path: Path, own: str | None, on_error: Callable[[OSError], None] | None
) -> list[Path]:
    if not os.path.isdir(path):
        return [path]

    real_folder = cache(_folder_name)

    def is_own(file: Path) -> bool:
        real = os.path.realpath(file) if os.path.islink(file) else real_folder(file.parent)
        return own is not None and real.startswith(own)

    def is_wanted(file: Path) -> bool:
        return looks_like_video(file) and not is_own(file)

    return sorted(files_below(path, is_wanted, on_error))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError:
        return b""
