"""The selects: each pick as a clip with handles, one after the other, in order of time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from framepick.outputs.timelines.marks import in_time, pick_mark
from framepick.outputs.timelines.media import media_of
from framepick.outputs.timelines.sequence import Mark, Segment
from framepick.outputs.timelines.sequence import Sequence as TimelineSequence
from framepick.results import VideoResult
from framepick.timecode import Timecodes


def selects(
    result: VideoResult,
    rows: Sequence[Mapping[str, Any]],
    clock: Timecodes,
    handles_seconds: float,
    root: str | None = None,
) -> TimelineSequence:
    """Cut the picks `rows`, as they stand in picks.json, out of the source of `result`.

    Handles of `handles_seconds` lie to each side of a pick, as far as the file reaches; where those
    of two picks would overlap, they meet halfway, so that no frame comes twice.
    """
    marks = in_time([pick_mark(row, clock) for row in rows])
    last = max((mark.frame for mark in marks), default=0)
    media = media_of(result, clock, last + 1, root)
    handle = math.floor(Fraction(handles_seconds) * clock.rate + Fraction(1, 2))
    parts = _parts([mark.frame for mark in marks], handle, media.frame_count)
    segments = [
        Segment(f"{media.name} pick {mark.row['rank']}", start, end, (mark,))
        for mark, (start, end) in zip(_one_a_frame(marks), parts, strict=True)
    ]
    return TimelineSequence(f"{media.name} selects", media, 0, tuple(segments), True)


def _parts(frames: Sequence[int], handle: int, frame_count: int) -> list[tuple[int, int]]:
    """Give start and end of the part around each of rising `frames`, each counted once."""
    frames = sorted(set(frames))
    halfway = [(one + other + 1) // 2 for one, other in pairwise(frames)]
    starts = zip(frames, [0, *halfway], strict=False)
    ends = zip(frames, [*halfway, frame_count], strict=False)
    return [
        (max(frame - handle, least), min(frame + handle + 1, most))
        for (frame, least), (_, most) in zip(starts, ends, strict=True)
    ]


def _one_a_frame(marks: Sequence[Mark]) -> list[Mark]:
    """Give the first mark of each frame: at an even rate two frames of a variable one may share."""
    return list({mark.frame: mark for mark in reversed(marks)}.values())[::-1]
