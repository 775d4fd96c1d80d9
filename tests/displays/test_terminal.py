"""The terminal view of a live session, and its keys."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from typing import Any, get_args

import numpy as np
import pytest
from rich.console import Console

from framepick.displays.terminal.curve import column_levels, curve_lines
from framepick.displays.terminal.view import arrow, clock, live_view
from framepick.live.state import Guide, LiveState, Status
from tests.displays.scripted import NAN, before_the_first, made_state, still


def drawn(state: LiveState, columns: int = 100, has_keys: bool = True) -> list[str]:
    file = io.StringIO()
    console = Console(file=file, width=columns, color_system=None)
    console.print(live_view(state, columns, has_keys))
    return file.getvalue().splitlines()


def text_of(state: LiveState, **options: Any) -> str:
    return "\n".join(drawn(state, **options))


def test_score_best_rate_drops_and_age_are_shown() -> None:
    text = text_of(made_state())
    for part in ("porch", "every 10 s", "4.37", "4.90", "0:33", "11.4", "30.0", "84 ms", "1,311"):
        assert part in text
    assert "webcam_00-00-51.000.jpg" in text


def test_the_reason_of_a_loss_counts_down() -> None:
    lost = made_state(status="lost", trouble="the device is gone", retry_seconds=3.2)
    assert "the device is gone; trying again in 4 s" in text_of(lost)
    assert "4.37" not in text_of(lost)


def test_the_guide_of_a_sweep_points() -> None:
    assert "← back" in text_of(made_state(guide=Guide("back", -0.4, 0.02)))
    assert arrow(0.3, 0.3) == "↘"
    assert arrow(0.0, -0.2) == "↑"
    assert arrow(None, None) == ""


def test_keys_are_named_only_where_they_are_read() -> None:
    assert "space" in text_of(made_state())
    assert "space" not in text_of(made_state(), has_keys=False)


@pytest.mark.parametrize("columns", [20, 40, 83, 84, 100, 200])
@pytest.mark.parametrize("status", get_args(Status))
def test_no_line_is_longer_than_the_terminal_is_wide(columns: int, status: Status) -> None:
    for state in (made_state(status=status), before_the_first(status=status)):
        lines = drawn(state, columns)
        assert max(map(len, lines)) <= columns
        if columns >= 84:
            assert len(lines) <= 24


def test_names_cannot_steer_the_terminal() -> None:
    evil = "a\x1b]0;gone\x07\r\n[red]b.jpg"
    bad = still(1, name=evil, reason=evil)
    state = made_state(source=evil, message=evil, veto="", kept=[bad], best=bad)
    text = text_of(state, columns=200)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[red]b.jpg" in text


def test_the_curve_puts_each_score_where_its_time_is() -> None:
    state = made_state(
        seconds=100.0,
        times_seconds=np.array([40.2, 70.1, 99.9]),
        level=np.array([1.0, 2.0, 3.0]),
        raw=np.array([1.0, 2.0, 3.0]),
    )
    levels = column_levels(state, 60)
    assert np.flatnonzero(np.isfinite(levels)).tolist() == [0, 30, 59]
    assert levels[[0, 30, 59]].tolist() == [1.0, 2.0, 3.0]


def test_a_higher_score_is_drawn_higher_and_a_kept_one_in_another_colour() -> None:
    times = np.arange(0, 60, 0.25)
    kept = [still(1, 45.0)]
    state = made_state(
        seconds=60.0, times_seconds=times, level=times / 10, raw=times / 10, kept=kept
    )
    lines = curve_lines(state, 65, 6)
    top, bottom = lines[0].plain[5:], lines[5].plain[5:]
    assert top[:40].isspace()
    assert top[-1] != " "
    assert " " not in bottom
    styles = {str(lines[5].get_style_at_offset(Console(), 5 + at)) for at in (44, 46)}
    assert len(styles) == 1
    assert str(lines[5].get_style_at_offset(Console(), 5 + 45)) not in styles


def test_vetoed_frames_leave_a_gap() -> None:
    times = np.arange(0, 60, 0.25)
    level = np.where((times > 20) & (times < 30), NAN, 3.0)
    state = made_state(seconds=60.0, times_seconds=times, level=level, raw=level, kept=[])
    assert curve_lines(state, 65, 6)[5].plain[5 + 22 : 5 + 29].isspace()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0:00"), (61.0, "1:01"), (3600.0, "1:00:00"), (45296.7, "12:34:56")]
)
def test_times_are_written_as_on_a_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@dataclass
class Ran:
    """What a program did in a terminal of its own."""

    commands: list[str]
    shown: str
    is_restored: bool
    code: int


_PROGRAM = """
import sys, time
from pathlib import Path
from framepick.displays.terminal.screen import terminal_front
from tests.displays.scripted import ScriptedWatch
watch = ScriptedWatch(Path())
end = terminal_front(watch)
found = []
try:
    deadline = time.monotonic() + 20
    while "stop" not in found and time.monotonic() < deadline:
        found += watch.ordered()
        time.sleep(0.02)
    {then}
finally:
    end()
    print(",".join(found))
"""


def run_in_terminal(then: str = "pass") -> Ran:
    """Show a session in a terminal, press x, the space bar and q, and `then` do something."""
    termios, pty = pytest.importorskip("termios"), pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    program = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM.format(then=then)],
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_own_terminal,
        env=os.environ | {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"},
    )
    screen = _Screen(ours)
    screen.wait_for(b"ends the session")
    os.write(ours, b"x q")
    out, _ = program.communicate(timeout=60)
    after = termios.tcgetattr(theirs)
    os.close(theirs)
    screen.close()
    return Ran(out.strip().split(","), screen.shown.decode(), before == after, program.returncode)


def _own_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class _Screen:
    """Reads what a terminal shows, all the time: a program waits for one that does not."""

    def __init__(self, number: int) -> None:
        self._number, self.shown = number, b""
        self._thread = Thread(target=self._read)
        self._thread.start()

    def wait_for(self, end: bytes) -> None:
        deadline = time.monotonic() + 60
        while end not in self.shown and time.monotonic() < deadline:
            time.sleep(0.02)

    def close(self) -> None:
        self._thread.join()
        os.close(self._number)

    def _read(self) -> None:
        with suppress(OSError):  # what Linux says once the last program has closed it
            while more := os.read(self._number, 65536):
                self.shown += more


def test_keys_work_without_enter_and_the_terminal_is_as_before() -> None:
    ran = run_in_terminal()
    assert ran.commands == ["press", "stop"]
    assert "4.37" in ran.shown
    assert ran.is_restored
    assert ran.code == 0


@pytest.mark.parametrize("then", ["raise KeyboardInterrupt", "raise ValueError", "sys.exit(3)"])
def test_the_terminal_is_as_before_whatever_happens(then: str) -> None:
    ran = run_in_terminal(then)
    assert ran.commands == ["press", "stop"]
    assert ran.is_restored
    assert ran.code != 0
