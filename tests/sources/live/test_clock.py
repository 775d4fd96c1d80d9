"""The times of a device on the clock of this machine."""

from __future__ import annotations

import pytest

from framepick.sources.live.clock import DeviceClock


def test_jitter_of_arrivals_is_taken_out() -> None:
    clock = DeviceClock()
    late = [0.0, 0.02, 0.0, 0.15, 0.01]
    times = [clock.time(n / 30, 100 + n / 30 + extra) for n, extra in enumerate(late)]
    assert times == pytest.approx([100 + n / 30 for n in range(5)])


def test_pictures_that_wait_at_the_start_are_put_back_in_time() -> None:
    clock = DeviceClock()
    for n in range(30):  # all of the first second comes at once, at its end
        clock.time(n / 30, 101.0)
    assert clock.time(2.0, 102.0) == pytest.approx(102.0, abs=0.04)


def test_a_clock_that_jumps_is_followed() -> None:
    clock = DeviceClock()
    clock.time(5.0, 100.0)
    assert clock.time(5000.0, 100.1) == pytest.approx(100.1)
    assert clock.time(3.0, 100.2) == pytest.approx(100.2)


def test_without_a_clock_the_arrival_counts() -> None:
    assert DeviceClock().time(None, 7.0) == 7.0
