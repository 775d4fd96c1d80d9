"""Rated footage as it lies in a folder: clips.csv, ratings.csv, and the videos in clips/.

more_clips.csv and more_ratings.csv may add clips of which only the rated frames are there, as
pictures in frames/.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from framepick.errors import SourceError, UsageError
from framepick.ratings.lines import read_lines
from framepick.ratings.rows import count, number, quoted
from framepick.types import Floats

TRAIN = "train"
"""The use of clips that weights may be fitted on."""
MIN_FRAMES = 4
"""Fewest rated frames of a clip, as many as are picked of it."""
_Record = Mapping[str, str]
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, eq=False)
class RatedClip:
    """A clip, some of whose frames are rated."""

    name: str
    use: str
    """What the clip may be used for, as clips.csv says: train, or evaluate only."""
    topic: str
    origin: str
    """Where the clip comes from; clips of one origin resemble each other."""
    frame_count: int
    frame_indices: NDArray[np.int64]
    """(N,) of the rated frames, rising."""
    ratings: Floats
    """(N,)"""
    best_four: NDArray[np.int64]
    """Frame indices of the frames that a person would keep."""
    video: Path | None
    """None where only the rated frames are there."""
    images: tuple[Path, ...] = ()
    """N pictures of the rated frames; none where there is a video."""

    @property
    def is_for_training(self) -> bool:
        """Whether weights may be fitted on the clip."""
        return self.use == TRAIN

    @property
    def step(self) -> float:
        """Mean distance between neighbouring rated frames, in frames."""
        return float(np.diff(self.frame_indices).mean())

    def nearest_rows(self, frame_indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the rows (M,) of the rated frames nearest to `frame_indices` (M,)."""
        distances = np.abs(self.frame_indices[None] - frame_indices[:, None])
        return np.asarray(distances.argmin(axis=1), np.int64)


def read_footage(folder: Path) -> tuple[RatedClip, ...]:
    """Read the clips of a folder and their ratings, in the order of clips.csv.

    Raises
    ------
    SourceError
        A file is missing, or a row is broken; the message names both.
    UsageError
        There are no clips.
    """
    clips = [_whole_clip(folder, line, row) for line, row in _rows(folder / "clips.csv")]
    rated = list(_with_ratings(clips, folder / "ratings.csv", folder))
    if (more := folder / "more_clips.csv").exists():
        frames_only = [_clip(more, line, row) for line, row in _rows(more)]
        rated += _with_ratings(frames_only, folder / "more_ratings.csv", folder)
    if not rated:
        raise UsageError(f"{folder / 'clips.csv'}: names no clips; add some")
    return tuple(rated)


@dataclass(frozen=True, slots=True)
class _Listed:
    """A row of clips.csv."""

    name: str
    use: str
    topic: str
    origin: str
    frame_count: int
    best_four: tuple[int, ...]
    video: Path | None = None


@dataclass(frozen=True, slots=True)
class _Rating:
    """A row of ratings.csv."""

    line: int
    frame_index: int
    rating: float
    image: str


def _whole_clip(folder: Path, line: int, row: _Record) -> _Listed:
    listed = _clip(folder / "clips.csv", line, row)
    video = folder / "clips" / listed.name
    if not video.is_file():
        raise SourceError(f"{video}: does not exist; clips.csv names it in line {line}")
    return replace(listed, video=video)


def _clip(table: Path, line: int, row: _Record) -> _Listed:
    name = _field(table, line, row, "file", _text)
    frame_count = _field(table, line, row, "frame_count", count)
    best_four = _field(table, line, row, "best_four", _counts)
    if max(best_four) >= frame_count:
        raise SourceError(
            f"{table}: line {line}: best_four: {name} has {frame_count} frames, "
            f"none with the index {max(best_four)}"
        )
    return _Listed(
        name=name,
        use=_field(table, line, row, "use", _text),
        topic=_field(table, line, row, "topic", _text),
        origin=row.get("origin") or name,
        frame_count=frame_count,
        best_four=best_four,
    )


def _with_ratings(clips: list[_Listed], table: Path, folder: Path) -> Iterator[RatedClip]:
    ratings: dict[str, list[_Rating]] = {clip.name: [] for clip in clips}
    if len(ratings) < len(clips):
        raise SourceError(f"{folder}: a clip is listed twice; remove one of the two rows")
    for line, row in _rows(table):
        name = _field(table, line, row, "file", _text)
        if name not in ratings:
            raise SourceError(f"{table}: line {line}: {quoted(name)} is not listed as a clip")
        ratings[name].append(_rating(table, line, row))
    return (_rated(clip, ratings[clip.name], table, folder) for clip in clips)


def _rating(table: Path, line: int, row: _Record) -> _Rating:
    return _Rating(
        line,
        _field(table, line, row, "frame_index", count),
        _field(table, line, row, "rating", number),
        row.get("image") or "",
    )


def _rated(clip: _Listed, found: list[_Rating], table: Path, folder: Path) -> RatedClip:
    found = sorted(found, key=lambda one: one.frame_index)
    _check_ratings(clip, found, table)
    return RatedClip(
        name=clip.name,
        use=clip.use,
        topic=clip.topic,
        origin=clip.origin,
        frame_count=clip.frame_count,
        frame_indices=np.array([one.frame_index for one in found], np.int64),
        ratings=np.array([one.rating for one in found], np.float64),
        best_four=np.array(clip.best_four, np.int64),
        video=clip.video,
        images=() if clip.video else tuple(folder / "frames" / one.image for one in found),
    )


def _check_ratings(clip: _Listed, found: Sequence[_Rating], table: Path) -> None:
    if len(found) < MIN_FRAMES:
        raise SourceError(
            f"{table}: {clip.name} needs ratings of {MIN_FRAMES} frames or more, "
            f"it has {len(found)}; add some, or remove the clip"
        )
    for one, other in pairwise(found):
        if one.frame_index == other.frame_index:
            raise SourceError(f"{table}: {clip.name}: frame {one.frame_index} is rated twice")
    for one in found:
        if one.frame_index >= clip.frame_count:
            raise SourceError(
                f"{table}: line {one.line}: {clip.name} has {clip.frame_count} frames, "
                f"none with the index {one.frame_index}"
            )
        if clip.video is None and not one.image:
            raise SourceError(f"{table}: line {one.line}: image is missing")


def _rows(table: Path) -> Iterator[tuple[int, _Record]]:
    """Give the rows of a table by column name, with their line numbers."""
    reader = csv.DictReader(read_lines(table), restval="")
    try:
        for row in reader:
            if None in row:
                raise SourceError(f"{table}: line {reader.line_num}: has more fields than columns")
            yield reader.line_num, row
    except csv.Error as error:
        raise SourceError(f"{table}: line {reader.line_num}: cannot be read ({error})") from error


def _field(
    table: Path, line: int, row: _Record, column: str, read: Callable[[str], _Value]
) -> _Value:
    text = row.get(column)
    if not text:
        raise SourceError(f"{table}: line {line}: {column} is missing")
    try:
        return read(text)
    except ValueError as error:
        raise SourceError(f"{table}: line {line}: {column}: {error}") from error


def _text(text: str) -> str:
    if not text.isprintable():
        raise ValueError(f"{quoted(text)} is not printable")
    return text


def _counts(text: str) -> tuple[int, ...]:
    numbers = tuple(count(one) for one in text.split())
    if not numbers:
        raise ValueError("is empty")
    return numbers
