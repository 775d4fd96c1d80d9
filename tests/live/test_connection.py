"""What a connection makes of what a capture process says, on a clock that the test moves."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Any, cast

import pytest

from framepick.errors import SourceError
from framepick.live import connection as module
from framepick.live.connection import Connection, Gone
from framepick.sources.live import Address, CaptureClient, address_of
from framepick.sources.live.client import Lost, Waiting

REFUSED = Lost("refused", "nobody answers")
DENIED = Lost("denied", "another password")
SILENT = Waiting(is_open=False, came=0, attempts=0)


class Clock:
    """Time, which passes with each answer of a capture process."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Capture:
    """A capture process that gives the same answer for ever."""

    facts = None

    def __init__(self, clock: Clock, answer: Lost | Waiting) -> None:
        self._clock, self._answer = clock, answer

    def next(self, wait_seconds: float, preview: bool) -> Lost | Waiting:
        self._clock.now += wait_seconds
        return self._answer

    def close(self) -> None:
        pass


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "monotonic", clock)
    return clock


def losses(clock: Clock, address: Address, answer: Lost | Waiting, seconds: float) -> list[Gone]:
    class Stop(Event):
        def wait(self, timeout: float | None = None) -> bool:
            clock.now += timeout or 0.0
            return False

    def start(first_index: int, is_patient: bool) -> CaptureClient:
        return cast(CaptureClient, Capture(clock, answer))

    connection = Connection(address, start, Stop(), keep_trying=True)
    found: list[Any] = []
    while clock.now < seconds:
        found.append(connection.next(False))
    return [one for one in found if isinstance(one, Gone)]


def test_a_source_that_is_not_there_is_asked_for_often(clock: Clock) -> None:
    waits = [one.retry_seconds for one in losses(clock, address_of("rtsp://cam/1"), REFUSED, 60)]
    assert waits[0] == 1.0
    assert max(wait for wait in waits if wait is not None) <= 4.0


def test_a_source_that_refuses_the_password_is_asked_less_and_less(clock: Clock) -> None:
    waits = [one.retry_seconds for one in losses(clock, address_of("rtsp://cam/1"), DENIED, 300)]
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, *[30.0] * (len(waits) - 5)]
    assert len(waits) > 6


def test_a_source_that_does_not_answer_is_noticed_within_ten_seconds(clock: Clock) -> None:
    assert len(losses(clock, address_of("rtsp://cam/1"), SILENT, 10)) == 1


def test_a_frozen_source_is_noticed_within_ten_seconds(clock: Clock) -> None:
    frozen = Waiting(is_open=True, came=100, attempts=0)
    assert len(losses(clock, address_of("rtsp://cam/1"), frozen, 10)) == 1


def test_who_waits_for_a_sender_waits_for_ever_and_says_so_once(clock: Clock) -> None:
    found = losses(clock, address_of("tcp://127.0.0.1:9000?listen"), SILENT, 300)
    assert [one.retry_seconds for one in found] == [0.0]


def test_standard_input_that_is_silent_stays_open(clock: Clock) -> None:
    frozen = Waiting(is_open=True, came=100, attempts=0)
    assert [one.retry_seconds for one in losses(clock, address_of("-"), frozen, 60)] == [0.0]


def test_without_a_source_there_is_no_past(tmp_path: Path) -> None:
    def start(first_index: int, is_patient: bool) -> CaptureClient:
        raise AssertionError

    connection = Connection(address_of("rtsp://cam/1"), start, Event(), keep_trying=False)
    with pytest.raises(SourceError):
        connection.clip(tmp_path / "clip.mkv", 0.0, 1.0)
