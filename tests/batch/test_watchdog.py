"""The limits of what one file may take."""

from __future__ import annotations

import os
import subprocess
import sys
from time import monotonic

from framepick.batch.watchdog import Limits, excess, memory_of

_HUNGRY = "held = bytearray(b'x') * (200 << 20); print('held', flush=True); input()"


def test_a_file_that_keeps_the_limits_goes_on() -> None:
    assert excess(Limits(), monotonic(), os.getpid()) is None


def test_a_file_that_takes_too_long_is_ended() -> None:
    reason = excess(Limits(file_seconds=5), monotonic() - 6, os.getpid())
    assert reason == "took longer than 5 s and was ended"


def test_memory_counts_with_the_processes_below() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _HUNGRY], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout
    assert child.stdout.readline()
    with_child = memory_of(os.getpid())
    limits = Limits(memory_bytes=with_child - (100 << 20))
    assert "of memory" in str(excess(limits, monotonic(), os.getpid()))
    child.communicate(b"\n")
    assert excess(limits, monotonic(), os.getpid()) is None


def test_a_process_that_has_ended_takes_nothing() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert memory_of(child.pid) == 0
