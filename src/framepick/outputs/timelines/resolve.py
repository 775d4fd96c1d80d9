"""Resolve's EDL of timeline markers; ASCII, as it reads other characters wrongly."""

from __future__ import annotations

from framepick.outputs.timelines.sequence import Colour, Mark, Sequence
from framepick.timecode import Timecodes, frames_a_day

_HOURS_A_DAY = 24
_TITLE_LENGTH = 70
_COLOURS: dict[Colour, str] = {
    "red": "ResolveColorRed",
    "yellow": "ResolveColorYellow",
    "blue": "ResolveColorBlue",
    "cyan": "ResolveColorCyan",
    "green": "ResolveColorGreen",
    "purple": "ResolveColorPurple",
}


def resolve_edl(sequence: Sequence) -> str:
    """One event per mark, by the codes of a timeline that starts at 01:00:00:00."""
    clock = sequence.media.clock
    hour = frames_a_day(clock.rate, clock.is_drop) // _HOURS_A_DAY
    timeline = Timecodes(clock.rate, clock.is_drop, hour, clock.is_nominal)
    lines = [
        f"TITLE: {_plain(sequence.title)[:_TITLE_LENGTH]}",
        f"FCM: {'DROP FRAME' if clock.is_drop else 'NON-DROP FRAME'}",
        "",
    ]
    for number, mark in enumerate(sequence.marks, start=1):
        lines += _event(number, mark, timeline)
    return "\n".join(lines)


def _event(number: int, mark: Mark, timeline: Timecodes) -> list[str]:
    request = f"{timeline.text(mark.frame)} {timeline.text(mark.frame + 1)}"
    text = _plain(f"{mark.name}, {mark.timecode}: {mark.note}")
    return [
        f"{number:03d}  001      V     C        {request} {request}  ",
        f" |C:{_COLOURS[mark.colour]} |M:{text} |D:1",
        "",
    ]


def _plain(text: str) -> str:
    """Text without the bar that would end a field."""
    return text.replace("|", "/").encode("ascii", errors="replace").decode()
