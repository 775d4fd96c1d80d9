"""Pictures that waited while a stream was opened."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import pytest
from av.packet import Packet

from framepick.sources.live.backlog import arrivals

RATE = 10


def packets(count: int) -> Iterator[Packet[Any]]:
    for number in range(count):
        packet = av.Packet(b"x")
        packet.time_base = Fraction(1, RATE)
        packet.pts = packet.dts = number
        yield packet


def test_those_that_come_at_once_are_put_back_in_time() -> None:
    times = iter([100.0] * 11 + [100.1, 100.2])
    found = [arrived for _, arrived in arrivals(packets(13), lambda: next(times))]
    assert found == pytest.approx([99.0 + n / RATE for n in range(13)])


def test_those_that_come_steadily_keep_their_times() -> None:
    came = [100 + n / RATE + late for n, late in enumerate([0, 0.02, 0, 0.04, 0])]
    times = iter(came)
    assert [at for _, at in arrivals(packets(5), lambda: next(times))] == pytest.approx(came)


def test_a_source_that_never_gets_steady_is_not_held_back_for_ever() -> None:
    times = iter([100 + n * 0.01 for n in range(400)])
    found = list(arrivals(packets(400), lambda: next(times)))
    assert len(found) == 400
    assert found[-1][1] == pytest.approx(103.99)
