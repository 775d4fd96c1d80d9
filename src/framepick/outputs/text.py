"""How pages write names, lengths of time and figures."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from framepick.results import Pick, VideoResult
from framepick.types import VideoInfo

_JOINERS = "\u200c\u200d"  # parts of words in some scripts, unlike other invisible characters


def shown(name: Path | str) -> str:
    """One line of text for any file name; what is not UTF-8 or not visible is spelt out."""
    text = os.fsencode(name).decode("utf-8", errors="backslashreplace")
    return "".join(_visible(character) for character in text)


def clock(seconds: float, digits: int = 0) -> str:
    """A time such as 1:02:03.4, hours only where there are any."""
    sign = "-" if seconds < 0 else ""
    units = round(abs(seconds) * 10**digits)
    whole, fraction = divmod(units, 10**digits)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    text = f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
    return f"{sign}{text}" + (f".{fraction:0{digits}d}" if digits else "")


def length_seconds(result: VideoResult) -> float:
    """How long the film is: by its packets, else up to the last explored frame."""
    times = result.samples.times_seconds
    last = float(times[-1]) if len(times) else 0.0
    return max(last, result.info.duration_seconds or 0.0)


def counted(number: int, noun: str) -> str:
    """A number and its noun: 1 frame, 2 frames, 12,000 frames."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def frames_seen(result: VideoResult) -> str:
    """How many frames there are, and how many of them were scored."""
    count = counted(len(result.frame_times_seconds), "frame")
    return f"{len(result.samples):,} of {count} scored" if result.is_part else count


def size(info: VideoInfo) -> str:
    """Width and height as people write them."""
    return f"{info.width} \N{MULTIPLICATION SIGN} {info.height}"


def rate(info: VideoInfo) -> str:
    """Frames per second as people write them: 25, 29.97; '' where none is known."""
    if not info.frame_rate:
        return ""
    return f"{float(info.frame_rate):.3f}".rstrip("0").rstrip(".")


def timecode_of(row: Mapping[str, Any], pick: Pick) -> str:
    """Time code of a pick as its row in picks.json says, else its clock time."""
    return str(row.get("timecode") or clock(pick.moment.time_seconds, 3))


def share(percentile: float) -> str:
    """A percentile as a share of others: 'better than 93 %'; never quite all."""
    return f"better than {min(99, max(0, int(percentile)))} %"


def _visible(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return character.encode("unicode_escape").decode()
