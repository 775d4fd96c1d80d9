"""The source as media of a timeline: where it lies, how long it is, and its picture and sound."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from framepick.media_root import MediaRoot, file_url
from framepick.results import VideoResult
from framepick.timecode import Timecodes
from framepick.types import SoundInfo
from framepick.urls import MediaFile, UrlFile, full_name

# control characters and line ends of all kinds; then what XML has no place for
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NO_TEXT = re.compile("[\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Media:
    """One file, with frames counted from its start at the rate of its clock."""

    name: str
    """File name, one line of text."""
    url: str
    """Absolute URL, file:///..., percent-encoded."""
    clock: Timecodes
    frame_count: int
    """Length at the clock's rate, with the places of missing frames; at least 1."""
    width: int
    height: int
    """Size in pixels: upright, with square pixels."""
    sounds: tuple[SoundInfo, ...] = ()
    """Its sound streams, in order of the file."""

    @property
    def channel_count(self) -> int:
        """Channels of all sound streams together."""
        return sum(sound.channels for sound in self.sounds)


def media_of(
    result: VideoResult, clock: Timecodes, least_frames: int = 1, root: str | None = None
) -> Media:
    """Give the source of a result, at least `least_frames` long.

    With `root`, its URL is that on another machine; see `media_root`.
    """
    return Media(
        name=one_line(_decoded(result.source.name)),
        url=_url(result.source, root),
        clock=clock,
        frame_count=max(_frame_count(result, clock), least_frames),
        width=result.info.width,
        height=result.info.height,
        sounds=result.info.sounds,
    )


def _url(source: MediaFile, root: str | None) -> str:
    if root:
        return file_url(MediaRoot.parse(root).place(source))
    if isinstance(source, UrlFile) and source.local is None:
        return source.quoted
    return file_url(Path(full_name(source)))


def one_line(text: str) -> str:
    """Text on one line that every format can hold: control characters become spaces."""
    return _NO_TEXT.sub("", _BREAKS.sub(" ", text)).strip()


def _frame_count(result: VideoResult, clock: Timecodes) -> int:
    """Frames of the file as its packets say, or up to the last explored one."""
    times = result.samples.times_seconds
    seen = clock.frame_at(float(times[-1])) + 1 if len(times) else 1
    seconds = result.info.duration_seconds or 0.0
    return max(seen, math.floor(Fraction(seconds) * clock.rate + Fraction(1, 2)))


def _decoded(name: str) -> str:
    return os.fsencode(name).decode("utf-8", errors="backslashreplace")
