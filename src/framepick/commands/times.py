"""Times of the command line: ranges to search, parts to leave out, frames to include."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framepick.commands.shared import name_of
from framepick.errors import UsageError
from framepick.film_time import FilmTime, FrameAt, film_time, time_text

if TYPE_CHECKING:
    from framepick.config import TimeRange


def picking_times(
    starts: Sequence[str] | None,
    ends: Sequence[str] | None,
    excluded: Sequence[str] | None,
    included: Sequence[str] | None,
) -> dict[str, Any]:
    """Give the fields of `PickConfig` that --from, --to, --exclude and --include stand for.

    The first --from goes with the first --to, and so on.

    Raises
    ------
    UsageError
        One of them is no time, or a range ends before it starts.
    """
    pairs = zip_longest(starts or (), ends or ())
    return {
        "ranges": tuple(_range("--from", start, "--to", end) for start, end in pairs),
        "excluded": tuple(map(_excluded, excluded or ())),
        "included": tuple(time_of("--include", text) for text in included or ()),
    }


def time_of(option: str, text: str) -> FilmTime:
    """Read the time that an option was given.

    Raises
    ------
    UsageError
        It is none.
    """
    try:
        return film_time(text)
    except ValueError as error:
        raise UsageError(f"{option} {error}") from None


def frame_at(text: str) -> FrameAt | None:
    """Read VIDEO@TIME; None where no video of that name is there.

    Raises
    ------
    UsageError
        What follows the video is no time.
    """
    video, at, time = text.rpartition("@")
    if not at or not os.path.exists(video):
        return None
    return FrameAt(Path(video), time_of(f"{name_of(video)}@", time))


def _excluded(text: str) -> TimeRange:
    start, dash, end = text.partition("-")
    if not dash:
        raise UsageError(f"--exclude {text!r} is no range; write FROM-TO, such as 1:10-1:20")
    return _range("--exclude", start.strip() or None, "its end", end.strip() or None)


def _range(start_name: str, start: str | None, end_name: str, end: str | None) -> TimeRange:
    from framepick.config import TimeRange

    first = None if start is None else time_of(start_name, start)
    last = None if end is None else time_of(start_name if end_name == "its end" else end_name, end)
    try:
        return TimeRange(first, last)
    except ValueError:
        shown = (time_text(one if one is not None else 0.0) for one in (last, first))
        last_text, first_text = shown
        raise UsageError(
            f"{end_name} {last_text} comes before {start_name} {first_text}; swap them"
        ) from None
