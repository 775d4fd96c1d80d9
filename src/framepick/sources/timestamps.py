"""Time as a player shows it, from time stamps that may be missing, fall or start anywhere."""

from __future__ import annotations

from fractions import Fraction

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

_RESET_SECONDS = 0.2
_MOST_LEAD_SECONDS = 3600
"""A video that starts later than this after the sound has time stamps of another clock."""


def sound_start(container: InputContainer, stream: VideoStream) -> Fraction | None:
    """Give the time in seconds at which sound starts; None if `stream` starts no later.

    Players count from there. What lies before 0 is decoded and not shown.
    """
    starts = [start for one in container.streams.audio if (start := _start(one)) is not None]
    own = _start(stream)
    if own is None or not starts or own <= max(min(starts), Fraction(0)):
        return None
    return max(min(starts), Fraction(0))


def lead_seconds(first_pts: int, time_base: Fraction, start: Fraction | None) -> float:
    """Give the seconds from the `start` of sound to the first picture; 0 where in doubt."""
    lead = Fraction(0) if start is None else first_pts * time_base - start
    return float(lead) if 0 < lead <= _MOST_LEAD_SECONDS else 0.0


def _start(stream: AudioStream | VideoStream) -> Fraction | None:
    if stream.start_time is None or stream.time_base is None:
        return None
    return stream.start_time * stream.time_base


class TimestampTracker:
    """Follows the time stamps of frames in display order.

    The first frame is at 0, or at its time from the `start` of sound, in seconds. A stamp that
    falls a little is held at the frame before; one that falls by more than a fifth of a second is a
    counter that was set back, and time goes on from there.
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
            if pts is not None:
                self._lead = lead_seconds(pts, self._time_base, self._start)
        shown = stamp + self._shift
        if shown < self._last - self._reset_ticks:
            self._shift += self._last + self._step - shown
            shown = self._last + self._step
        self._last = max(self._last, shown)
        self._step = duration or self._usual_step
        return stamp, float((self._last - self._origin) * self._time_base) + self._lead
