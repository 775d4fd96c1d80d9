"""What all marker formats are made of: the source as one clip, and marks on it."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from framepick.results import VideoResult
from framepick.timecode import Timecodes

Colour = Literal["red", "yellow", "blue", "cyan", "green"]
_COLOURS: tuple[Colour, ...] = ("red", "yellow", "blue", "cyan", "green")
_PLAIN_COLOUR: Colour = "blue"
# control characters and line ends of all kinds; then what XML has no place for
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NO_TEXT = re.compile("[\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Mark:
    """One pick as a marker."""

    frame: int
    """Frames from the first frame of the source."""
    timecode: str
    """Time code of `frame` in the source."""
    name: str
    """Rank and score."""
    note: str
    """Why this frame."""
    colour: Colour
    """Green for 5 stars, then cyan, blue, yellow, red."""
    row: Mapping[str, Any]
    """The pick as it stands in picks.json."""


@dataclass(frozen=True, slots=True)
class MarkedClip:
    """The whole source as one clip, and its marks in order of time."""

    name: str
    """File name of the source, one line of text."""
    url: str
    """Absolute URL of the source, file:///..., percent-encoded."""
    clock: Timecodes
    frame_count: int
    """Length at the clock's rate, with the places of missing frames; at least 1."""
    width: int
    height: int
    """Size in pixels: upright, with square pixels."""
    marks: tuple[Mark, ...]

    @property
    def title(self) -> str:
        """Name of a timeline that holds this clip."""
        return f"{self.name} picks"


def marked_clip(
    result: VideoResult, rows: Sequence[Mapping[str, Any]], clock: Timecodes
) -> MarkedClip:
    """Lay the picks `rows`, as they stand in picks.json, on the source of `result`."""
    marks = sorted((_mark(row, clock) for row in rows), key=lambda mark: mark.frame)
    last = max((mark.frame for mark in marks), default=0)
    source = Path(os.path.abspath(result.source))
    return MarkedClip(
        name=one_line(_decoded(source.name)),
        url=source.as_uri(),
        clock=clock,
        frame_count=max(_frame_count(result, clock), last + 1),
        width=result.info.width,
        height=result.info.height,
        marks=tuple(marks),
    )


def one_line(text: str) -> str:
    """Text on one line that every format can hold: control characters become spaces."""
    return _NO_TEXT.sub("", _BREAKS.sub(" ", text)).strip()


def _mark(row: Mapping[str, Any], clock: Timecodes) -> Mark:
    frame = clock.frame_at(row["time_seconds"])
    note = [str(reason["text"]) for reason in row["reasons"]]
    if clock.is_nominal:
        rate = f"{float(clock.rate):.3f}".rstrip("0").rstrip(".")
        note.append(f"variable frame rate, nearest frame at {rate} a second")
    return Mark(
        frame=frame,
        timecode=clock.text(frame),
        name=f"Pick {row['rank']}, score {row['score']:.3f}",
        note=one_line("; ".join(note)),
        colour=_colour(row.get("rating")),
        row=row,
    )


def _colour(rating: int | None) -> Colour:
    return _COLOURS[rating - 1] if rating and 1 <= rating <= 5 else _PLAIN_COLOUR


def _frame_count(result: VideoResult, clock: Timecodes) -> int:
    """Frames of the file as its packets say, or up to the last explored one."""
    times = result.samples.times_seconds
    seen = clock.frame_at(float(times[-1])) + 1 if len(times) else 1
    seconds = result.info.duration_seconds or 0.0
    return max(seen, math.floor(Fraction(seconds) * clock.rate + Fraction(1, 2)))


def _decoded(name: str) -> str:
    return os.fsencode(name).decode("utf-8", errors="backslashreplace")
