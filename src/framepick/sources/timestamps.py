"""Time as a player shows it, from time stamps that may be missing, fall or start anywhere."""

from __future__ import annotations

from fractions import Fraction

from av.container import InputContainer
from av.stream import Disposition, Stream

_RESET_SECONDS = 0.2
_MOST_LEAD_SECONDS = 3600
"""A video that starts later than this after the sound has time stamps of another clock."""


def container_start(container: InputContainer) -> Fraction:
    """Give the time in seconds at which a file starts: that of its first sound or picture.

    Players count from there. What lies before 0 is decoded and not shown.
    """
    timed = (*container.streams.audio, *container.streams.video)
    starts = [start for stream in timed if (start := _start(stream)) is not None]
    return max(min(starts, default=Fraction(0)), Fraction(0))


def lead_seconds(first_pts: int, time_base: Fraction, start: Fraction) -> float:
    """Give the seconds from the `start` of a file to its first picture; 0 where in doubt."""
    lead = first_pts * time_base - start
    return float(lead) if 0 < lead <= _MOST_LEAD_SECONDS else 0.0


def _start(stream: Stream) -> Fraction | None:
    is_cover = bool(stream.disposition & Disposition.attached_pic)
    if is_cover or stream.start_time is None or stream.time_base is None:
        return None
    return stream.start_time * stream.time_base


class TimestampTracker:
    """Follows the time stamps of frames in display order.

    The first frame is at its time from the `start` of the file, in seconds. A stamp that falls a
    little is held at the frame before; one that falls by more than a fifth of a second is a counter
    that was set back, and time goes on from there.
    """

    def __init__(self, time_base: Fraction, usual_step: int, start: Fraction | None = None) -> None:
        self._time_base = time_base
        self._usual_step = max(1, usual_step)
        self._reset_ticks = int(_RESET_SECONDS / time_base)
        self._start = start
        self._lead = 0.0
        self._origin: int | None = None
        self._shift = 0
        self._last = 0
        self._step = self._usual_step

    def tick(self, pts: int | None, dts: int | None, duration: int | None) -> tuple[int, float]:
        """Return the stamp of the next frame (in time base units) and its time in seconds.

        A frame without `pts` has its `dts`; without both, the frame before and its duration.
        """
        stamp = pts if pts is not None else dts
        if stamp is None:
            stamp = 0 if self._origin is None else self._last - self._shift + self._step
        if self._origin is None:
            self._origin = self._last = stamp
            if pts is not None and self._start is not None:
                self._lead = lead_seconds(pts, self._time_base, self._start)
        shown = stamp + self._shift
        if shown < self._last - self._reset_ticks:
            self._shift += self._last + self._step - shown
            shown = self._last + self._step
        self._last = max(self._last, shown)
        self._step = duration or self._usual_step
        return stamp, float((self._last - self._origin) * self._time_base) + self._lead
