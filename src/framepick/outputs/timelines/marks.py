"""Picks and candidates as marks, and the timeline that holds them: the whole source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from framepick.outputs.candidates import described_candidate
from framepick.outputs.timelines.media import media_of, one_line
from framepick.outputs.timelines.sequence import Colour, Mark, Segment
from framepick.outputs.timelines.sequence import Sequence as TimelineSequence
from framepick.results import Candidate, VideoResult
from framepick.timecode import Timecodes

_COLOURS: tuple[Colour, ...] = ("red", "yellow", "blue", "cyan", "green")
_PLAIN_COLOUR: Colour = "blue"


def marked_source(
    result: VideoResult,
    rows: Sequence[Mapping[str, Any]],
    clock: Timecodes,
    root: str | None = None,
    with_candidates: bool = False,
) -> TimelineSequence:
    """Lay the picks `rows`, as they stand in picks.json, on the whole source of `result`.

    Its candidates go with them if asked for.
    """
    others = candidate_marks(result, clock) if with_candidates else ()
    marks = in_time([*(pick_mark(row, clock) for row in rows), *others])
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


def candidate_marks(result: VideoResult, clock: Timecodes) -> Iterator[Mark]:
    """Give a mark for each candidate; a frame that is an alternate of several picks has one."""
    found: dict[int, list[Candidate]] = {}
    for one in (other for other in result.candidates if other.kind != "pick"):
        found.setdefault(one.row, []).append(one)
    for same in found.values():
        row = described_candidate(same[0], result, clock)
        frame = clock.frame_at(same[0].moment.time_seconds)
        yield Mark(
            frame=frame,
            timecode=clock.text(frame),
            name=f"Candidate, score {same[0].score:.3f}",
            note=one_line("; ".join(map(_what, same))),
            colour="purple",
            row=row,
            is_candidate=True,
        )


def _what(one: Candidate) -> str:
    if one.kind == "scene":
        return f"the best of scene {one.scene}"
    return f"alternate {one.place} of pick {one.of_rank}"


def in_time(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Give marks in order of time."""
    return tuple(sorted(marks, key=lambda mark: mark.frame))


def _colour(rating: int | None) -> Colour:
    return _COLOURS[rating - 1] if rating and 1 <= rating <= 5 else _PLAIN_COLOUR
