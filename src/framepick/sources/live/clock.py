"""Puts the times of a device on the monotonic clock of this machine (pure)."""

from __future__ import annotations

MOST_APART_SECONDS = 1.0
"""Later arrivals than this are not jitter: the device's clock jumped, or it stood still."""


class DeviceClock:
    """Maps a device's own times to the times of arrival, as the fastest arrivals say.

    A picture cannot arrive before it is taken, so the smallest difference of both is the best guess
    of the offset between the clocks; what comes later than that was held up on its way.
    """

    def __init__(self) -> None:
        self._offset: float | None = None

    def time(self, device_seconds: float | None, arrived_seconds: float) -> float:
        """Give when a picture was taken, by the monotonic clock; its arrival if nobody knows."""
        if device_seconds is None:
            return arrived_seconds
        offset = arrived_seconds - device_seconds
        if self._offset is None or not 0 <= offset - self._offset <= MOST_APART_SECONDS:
            self._offset = offset
        return device_seconds + self._offset
