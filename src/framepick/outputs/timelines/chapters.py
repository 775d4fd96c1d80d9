"""Chapters: one from each pick to the next, so that a player jumps from pick to pick.

Times count from the start of the file, as players do, rounded up to milliseconds: a player that
jumps to a chapter shows the picked frame, not the one before.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from framepick.outputs.text import length_seconds
from framepick.outputs.timelines.media import one_line
from framepick.results import VideoResult

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


class Chapter(NamedTuple):
    """A stretch of the film, in milliseconds from its start."""

    start: int
    end: int
    title: str


def webvtt(result: VideoResult, rows: Sequence[Mapping[str, Any]]) -> str:
    """Give the chapters of the picks `rows`, as they stand in picks.json, as WebVTT."""
    cues = (
        f"\n{number}\n{_time(one.start, '.')} --> {_time(one.end, '.')}\n{_escaped(one.title)}\n"
        for number, one in enumerate(chapters(result, rows), start=1)
    )
    return "WEBVTT\n" + "".join(cues)


def srt(result: VideoResult, rows: Sequence[Mapping[str, Any]]) -> str:
    """Give the chapters of the picks `rows`, as they stand in picks.json, as SubRip."""
    return "\n".join(
        f"{number}\n{_time(one.start, ',')} --> {_time(one.end, ',')}\n{one.title}\n"
        for number, one in enumerate(chapters(result, rows), start=1)
    )


def chapters(result: VideoResult, rows: Sequence[Mapping[str, Any]]) -> list[Chapter]:
    """Give a chapter for each pick, in order of time; the last one ends with the film."""
    in_time = sorted(rows, key=lambda row: float(row["time_seconds"]))
    starts = [_milliseconds(row["time_seconds"]) for row in in_time]
    end = max(_milliseconds(length_seconds(result)), *(start + 1 for start in starts), 1)
    return list(_between([*starts, end], in_time))


def _between(bounds: Sequence[int], rows: Sequence[Mapping[str, Any]]) -> Iterator[Chapter]:
    for (start, end), row in zip(pairwise(bounds), rows, strict=True):
        if start < end:  # no two frames are so close, save where time stamps are wrong
            stars = f", {row['rating']} stars" if row.get("rating") else ""
            yield Chapter(start, end, one_line(f"Pick {row['rank']}{stars}"))


def _milliseconds(seconds: float) -> int:
    # a float may lie a hair above a whole millisecond
    return math.ceil(Fraction(seconds) * 1000 - Fraction(1, 1000))


def _time(milliseconds: int, mark: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{mark}{rest:03d}"


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(letter, letter) for letter in text)
