"""Times in a film as people write them: seconds, minutes and hours, or the source's time code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FilmTime = float | str
"""Seconds from the start of the film, as players show them, or a time code of the source such as
01:00:10:05."""


@dataclass(frozen=True, slots=True)
class FrameAt:
    """The frame of a video that is shown at a time."""

    video: Path
    time: FilmTime


_SECONDS = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?|\.\d+)s?", re.ASCII)
_CODE = re.compile(r"\d{1,2}:\d{2}:\d{2}[:;]\d{2,3}", re.ASCII)
_SIXTY = 60
_MOST_SECONDS = 1e6


def film_time(text: str) -> FilmTime:
    """Read a time: 83.4, 1:23.4 and 0:01:23.4 are seconds, 01:00:10:05 is a time code.

    Raises
    ------
    ValueError
        The text is neither; the message says what would be.
    """
    text = text.strip()
    if _CODE.fullmatch(text):
        return text
    seconds = _seconds(text)
    if seconds is None:
        ways = "write seconds (83.4), 1:23.4, 0:01:23.4 or a time code (01:00:10:05)"
        raise ValueError(f"{text!r} is not a time; {ways}")
    return seconds


def time_text(time: FilmTime) -> str:
    """Give a time as a message shows it."""
    return time if isinstance(time, str) else f"{time:.3f}".rstrip("0").rstrip(".") + " s"


def _seconds(text: str) -> float | None:
    found = _SECONDS.fullmatch(text)
    if not found:
        return None
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    has_minutes, has_hours = found[2] is not None, found[1] is not None
    if (has_minutes and seconds >= _SIXTY) or (has_hours and minutes >= _SIXTY):
        return None
    total = (hours * _SIXTY + minutes) * _SIXTY + seconds
    return total if total <= _MOST_SECONDS else None
