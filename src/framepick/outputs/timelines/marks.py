"""Picks and candidates as marks, and the timeline that holds them: the whole source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from framepick.outputs.timelines.media import media_of, one_line
from framepick.outputs.timelines.sequence import Colour, Mark, Segment
from framepick.outputs.timelines.sequence import Sequence as TimelineSequence
from framepick.results import VideoResult
from framepick.timecode import Timecodes

_COLOURS: tuple[Colour, ...] = ("red", "yellow", "blue", "cyan", "green")
_PLAIN_COLOUR: Colour = "blue"


def marked_source(
    result: VideoResult,
    rows: Sequence[Mapping[str, Any]],
    clock: Timecodes,
    root: str | None = None,
) -> TimelineSequence:
    """Lay the picks `rows`, as they stand in picks.json, on the whole source of `result`."""
    marks = in_time([pick_mark(row, clock) for row in rows])
    last = max((mark.frame for mark in marks), default=0)
    media = media_of(result, clock, last + 1, root)
    whole = Segment(media.name, 0, media.frame_count, marks)
    return TimelineSequence(f"{media.name} picks", media, clock.start_frame, (whole,))


def pick_mark(row: Mapping[str, Any], clock: Timecodes) -> Mark:
    """Give the mark of a pick as it stands in picks.json."""
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


def in_time(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Give marks in order of time."""
    return tuple(sorted(marks, key=lambda mark: mark.frame))


def _colour(rating: int | None) -> Colour:
    return _COLOURS[rating - 1] if rating and 1 <= rating <= 5 else _PLAIN_COLOUR
