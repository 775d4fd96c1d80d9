"""What all formats of editing programs are made of: marks, and parts of one source in a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from framepick.outputs.timelines.media import Media

Colour = Literal["red", "yellow", "blue", "cyan", "green", "purple"]
"""Colours of markers that every program has; purple is that of candidates."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One frame as a marker: a pick or a candidate."""

    frame: int
    """Frames from the first frame of the source."""
    timecode: str
    """Time code of `frame` in the source."""
    name: str
    """Such as rank and score."""
    note: str
    """Why this frame."""
    colour: Colour
    """Of picks green for 5 stars, then cyan, blue, yellow, red; of candidates purple."""
    row: Mapping[str, Any]
    """The pick as it stands in picks.json, or the candidate as it stands in candidates.csv."""
    is_candidate: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the source, with the marks that lie in it, in order of time."""

    name: str
    start: int
    """Its first frame, counted from the start of the source."""
    end: int
    """The frame after its last."""
    marks: tuple[Mark, ...] = ()

    @property
    def length(self) -> int:
        """Number of frames."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Sequence:
    """A timeline: parts of one source, one after the other."""

    title: str
    media: Media
    start_frame: int
    """Number of the time code at which it starts: frames since 00:00:00:00."""
    segments: tuple[Segment, ...]
    has_marks_on_clips: bool = False
    """Markers go where their clips go; else they sit on the timeline's ruler, where a format has
    such markers."""

    @property
    def frame_count(self) -> int:
        """Length in frames."""
        return sum(segment.length for segment in self.segments)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """All marks, in order of the timeline."""
        return tuple(mark for segment in self.segments for mark in segment.marks)

    def placed(self) -> Iterator[tuple[int, Segment]]:
        """Give each segment with the frames from the start of the timeline to it."""
        offset = 0
        for segment in self.segments:
            yield offset, segment
            offset += segment.length

    def ruler_marks(self) -> Iterator[tuple[int, Mark]]:
        """Give the marks that sit on the ruler, each with its frame from the timeline's start."""
        if not self.has_marks_on_clips:
            for offset, segment in self.placed():
                yield from ((offset + mark.frame - segment.start, mark) for mark in segment.marks)

    def clip_marks(self, segment: Segment) -> tuple[Mark, ...]:
        """Give the marks that sit on the clip of a segment."""
        return segment.marks if self.has_marks_on_clips else ()
