"""Time as a player shows it, from time stamps that may be missing, fall or start anywhere."""

from __future__ import annotations

from fractions import Fraction

_RESET_SECONDS = 0.2


class TimestampTracker:
    """Follows the time stamps of frames in display order.

    The first frame is at 0. A stamp that falls a little is held at the frame before; one that falls
    by more than a fifth of a second is a counter that was set back, and time goes on from there.
    """

    def __init__(self, time_base: Fraction, usual_step: int) -> None:
        self._time_base = time_base
        self._usual_step = max(1, usual_step)
        self._reset_ticks = int(_RESET_SECONDS / time_base)
        self._origin: int | None = None
        self._shift = 0
        self._last = 0
        self._step = self._usual_step

    def tick(self, pts: int | None, dts: int | None, duration: int | None) -> tuple[int, float]:
        """Return the stamp of the next frame (in time base units) and its seconds from the first.

        A frame without `pts` has its `dts`; without both, the frame before and its duration.
        """
        stamp = pts if pts is not None else dts
        if stamp is None:
            stamp = 0 if self._origin is None else self._last - self._shift + self._step
        if self._origin is None:
            self._origin = self._last = stamp
        shown = stamp + self._shift
        if shown < self._last - self._reset_ticks:
            self._shift += self._last + self._step - shown
            shown = self._last + self._step
        self._last = max(self._last, shown)
        self._step = duration or self._usual_step
        return stamp, float((self._last - self._origin) * self._time_base)
