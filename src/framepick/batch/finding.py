"""Which files a batch works on: folders, patterns, lists and files, each file once."""

from __future__ import annotations

import fnmatch
import glob
import itertools
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from framepick.errors import SourceError, reason_of
from framepick.sources.photo_files import ALL_PHOTOS
from framepick.sources.walking import files_below

_VIDEO_ENDINGS = (
    "3g2 3gp amv apng asf av1 avi divx dv f4v flv gxf h264 h265 hevc ivf m1v m2t m2ts m2v m4v mj2 "
    "mjpeg mjpg mkv mod mov mp4 mpe mpeg mpg mts mxf nut obu ogm ogv qt rm rmvb tod ts vob webm "
    "wmv wtv y4m"
)
VIDEOS = frozenset(f".{ending}" for ending in _VIDEO_ENDINGS.split())
"""Endings of files in a folder that are taken for videos without a look into them."""
_SOUND_ENDINGS = "aac flac m4a m4b m4r mka mp3 oga ogg opus wav wma"
_SOUND = frozenset(f".{ending}" for ending in _SOUND_ENDINGS.split())
_HEAD_BYTES = 189
_STARTS = (
    b"\x1aE\xdf\xa3",  # Matroska
    b"FLV\x01",
    b"0&\xb2u\x8ef\xcf\x11",  # ASF
    b"\x00\x00\x01\xba",  # MPEG-PS
    b"\x06\x0e+4\x02\x05\x01\x01",  # MXF
)
_PICTURE_BRANDS = (b"heic", b"heix", b"mif1", b"avif", b"M4A ", b"M4B ", b"jxl ", b"crx ")


def looks_like_video(path: Path) -> bool:
    """Tell whether a file has the ending of a video, or an unknown one and the first bytes."""
    ending = path.suffix.lower()
    if ending in VIDEOS:
        return True
    return ending not in _SOUND | ALL_PHOTOS and has_head_of_video(_head(path))


def has_head_of_video(head: bytes) -> bool:
    """Tell by its first 189 bytes whether a file is a video container of a common kind."""
    if head[4:8] == b"ftyp":
        return head[8:12] not in _PICTURE_BRANDS
    is_avi = head[:4] == b"RIFF" and head[8:12] == b"AVI "
    is_ts = len(head) == _HEAD_BYTES and head[0] == head[188] == ord("G")
    return is_avi or is_ts or head.startswith(_STARTS)


def find_videos(
    inputs: Iterable[Path], out: Path, on_error: Callable[[OSError], None] | None = None
) -> list[Path]:
    """Find the videos of all `inputs`, each once, in order; those of a folder in order of paths.

    A name that no file has and that holds *, ? or [ is a pattern, in which ** stands for any
    folders. Files that are named are taken whatever they are. What lies in the folder of results
    `out` is passed over when folders are walked.
    """
    own = _folder_name(out)
    found: dict[str, Path] = {}
    for path in (one for each in inputs for one in _matches(each)):
        is_own = _folder_name(path).startswith(own)
        for video in _videos_of(path, None if is_own else own, on_error):
            found.setdefault(os.path.abspath(video), video)
    return list(found.values())


def read_list(name: str) -> list[Path]:
    """Read the paths that a file lists, or standard input for -: one a line, or split by NULs.

    Raises
    ------
    SourceError
        The list cannot be read.
    """
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except (OSError, ValueError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else str(error)
        raise SourceError(f"{name}: cannot be read ({reason})") from error
    parts = content.split(b"\0") if b"\0" in content else content.splitlines()
    return [Path(os.fsdecode(part)) for part in parts if part]


def over_limit(videos: Iterable[Path], limit: int | None) -> set[Path]:
    """Give the videos beyond the first `limit` of each folder; None is no limit."""
    counts: Counter[Path] = Counter()
    beyond: set[Path] = set()
    for video in videos:
        counts[video.parent] += 1
        if limit is not None and counts[video.parent] > limit:
            beyond.add(video)
    return beyond


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

    def is_wanted(file: Path) -> bool:
        is_own = own is not None and os.path.realpath(file).startswith(own)
        return not is_own and looks_like_video(file)

    return sorted(files_below(path, is_wanted, on_error))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError:
        return b""
