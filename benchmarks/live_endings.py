"""How long `framepick live` takes to end after Ctrl-C or SIGTERM, at random moments of each state.

    python -m benchmarks.live_endings [--times 20] [--states connecting watching]

It prints, by state, the median and the worst time, the stills of all sessions, and what was left
behind: processes, folders among the temporary files, hidden files.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import numpy as np
import psutil

_PACED = "lavfi:testsrc2=size=640x360:rate=15,realtime"
_SPAN_SECONDS = 3.0


@dataclass(frozen=True)
class State:
    """A state that sessions are ended in: what they are called with, and when it is reached."""

    name: str
    arguments: Sequence[str]
    event: str | None
    """Event that it begins with; None for the start of the process."""


def states(silent: str) -> Sequence[State]:
    """Give the states; `silent` is an address that takes connections and never answers."""
    ends = "lavfi:testsrc2=size=640x360:rate=15:duration=3,realtime"
    return (
        State("connecting", [silent], None),
        State("waiting for a sender", ["tcp://127.0.0.1:9899?listen"], None),
        State("watching", [_PACED, "--on-peak"], "opened"),
        State("saving", [_PACED, "--every", "1s"], "kept"),
        State("best 5 pending", [_PACED, "--best", "5"], "opened"),
        State("with a page", [_PACED, "--every", "2s", "--view", "page"], "opened"),
        State("at the end of the source", [ends, "--every", "1s"], "ended"),
    )


@dataclass(frozen=True)
class Ending:
    """How one session ended."""

    seconds: float
    code: int
    stills: int
    left: Sequence[str]


def end_once(state: State, options: Sequence[str], number: int) -> Ending:
    """Start a session, and end it at a random moment of a state."""
    with tempfile.TemporaryDirectory() as folder:
        out, temporary = Path(folder) / "out", Path(folder) / "tmp"
        temporary.mkdir()
        command = ["live", *state.arguments, "--json", "-o", str(out), *options]
        with subprocess.Popen(
            [sys.executable, "-c", "from framepick.cli import main; main()", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "TMPDIR": str(temporary)},
        ) as process:
            _reach(state, process, temporary)
            time.sleep(float(np.random.default_rng().uniform(0, _SPAN_SECONDS)))
            family = psutil.Process(process.pid).children(recursive=True)
            start = monotonic()
            process.send_signal(number)
            process.communicate(timeout=60)
            seconds = monotonic() - start
        stills = sum(1 for _ in out.glob("*/*.jpg")) - sum(1 for _ in out.glob("*/contact*.jpg"))
        return Ending(seconds, process.returncode, stills, list(_left(out, temporary, family)))


def _reach(state: State, process: subprocess.Popen[str], temporary: Path) -> None:
    while not any(temporary.iterdir()) and process.poll() is None:
        time.sleep(0.01)  # the session has begun once it has its folder
    if state.event:
        for line in process.stdout or ():
            if json.loads(line)["event"] == state.event:
                return


def _left(out: Path, temporary: Path, family: Sequence[psutil.Process]) -> Iterator[str]:
    _, alive = psutil.wait_procs(family, timeout=2)
    yield from (f"process {one.pid}" for one in alive)
    yield from (str(one.name) for one in temporary.iterdir())
    yield from (one.name for one in out.glob("*/.*"))


def main() -> None:
    """Measure all states, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--states", nargs="+", default=[""])
    parser.add_argument("--weights", help="weights to use in place of the shipped ones")
    given = parser.parse_args()
    options = ["--weights", given.weights] if given.weights else []
    print("state | median | worst | exit codes | stills | left behind")
    print("--- | --- | --- | --- | --- | ---")
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        silent = f"http://127.0.0.1:{server.getsockname()[1]}/"
        for state in states(silent):
            if any(word in state.name for word in given.states):
                numbers = [signal.SIGINT, signal.SIGTERM] * given.times
                each = [end_once(state, options, number) for number in numbers[: given.times]]
                times = [one.seconds for one in each]
                codes = sorted({one.code for one in each})
                left = sorted({name for one in each for name in one.left}) or "nothing"
                stills = sum(one.stills for one in each)
                worst = f"{np.median(times):.2f} s | {max(times):.2f} s"
                print(f"{state.name} | {worst} | {codes} | {stills} | {left}", flush=True)


if __name__ == "__main__":
    main()
