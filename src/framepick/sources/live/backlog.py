"""Puts pictures that waited while a stream was opened back to when they came."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any, TypeAlias

from av.packet import Packet

MOST_SECONDS = 2.0
"""Longest that pictures are held back to find out when the newest of them came."""
_FAST = 0.5
"""Pictures that come in less than this share of the time between them waited somewhere."""

Timed: TypeAlias = "tuple[Packet[Any], float]"  # packets take no subscript at run time
"""A packet, and when it came by the monotonic clock."""


def arrivals(
    packets: Iterable[Packet[Any]], clock: Callable[[], float] = time.monotonic
) -> Iterator[Timed]:
    """Give packets with the times at which they came.

    Those that come faster than they were taken, at the start, waited somewhere: once that is over,
    they are given the times at which they would have come else.
    """
    waited: list[Timed] = []
    is_steady = False
    for packet in packets:
        now = clock()
        if not is_steady and waited:
            is_steady = _is_steady(waited[-1], packet, now) or now > waited[0][1] + MOST_SECONDS
        if is_steady:
            yield from _back_in_time(waited)
            waited = []
            yield packet, now
        else:
            waited.append((packet, now))
    yield from _back_in_time(waited)


def _is_steady(last: Timed, packet: Packet[Any], now: float) -> bool:
    before, after = device_seconds(last[0]), device_seconds(packet)
    return before is None or after is None or now - last[1] >= _FAST * (after - before)


def _back_in_time(waited: list[Timed]) -> Iterator[Timed]:
    if not waited:
        return
    newest, arrived = waited[-1]
    end = device_seconds(newest)
    for packet, came in waited:
        seconds = device_seconds(packet)
        known = end is not None and seconds is not None and seconds <= end
        yield packet, arrived - (end - seconds) if known else came  # type: ignore[operator]


def device_seconds(packet: Packet[Any]) -> float | None:
    """Give when a packet is decoded, by the device's clock."""
    ticks = packet.pts if packet.dts is None else packet.dts
    return None if ticks is None else float(ticks * Fraction(packet.time_base or 1))
