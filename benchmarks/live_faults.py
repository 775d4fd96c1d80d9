"""Cameras that go away: how soon `framepick live` notices, and how soon it is back.

    python -m benchmarks.live_faults [--peers HTTP RTSP] [--away 3 15 60] [--freeze 15]

Each peer is watched by a session of its own while it is killed for each of the times, then frozen
for one. No frame may be saved twice, and stills have to be of the times that they are said to be
of: what is printed is how far these are apart within a connection.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.live_peers import PEERS, RATE, Peer, Sender, write_film
from samples.clipmaker import read_number

STEADY_SECONDS = 7.0
_MOST_SECONDS = 30.0
_FIRST_PORT = 9840


@dataclass
class Session:
    """A process of framepick live, and what it told."""

    address: str
    out: Path
    options: Sequence[str] = ()
    events: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    """Monotonic time of arrival, and the event."""

    def __post_init__(self) -> None:
        command = ["framepick", "live", self.address, "--json", "-o", str(self.out), *self.options]
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from framepick.cli import main; main()", *command[1:]],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def wait_for(self, kind: str, since: float, most_seconds: float = _MOST_SECONDS) -> float:
        """Give after how many seconds an event comes; infinity if it does not."""
        while monotonic() < since + most_seconds:
            times = [at for at, one in self.events if at >= since and one["event"] == kind]
            if times:
                return times[0] - since
            time.sleep(0.02)
        return float("inf")

    def end(self) -> float:
        """End the session as Ctrl-C does; give how long that took."""
        start = monotonic()
        self._process.send_signal(signal.SIGINT)
        self._process.wait(60)
        self._thread.join()
        return monotonic() - start

    def _read(self) -> None:
        with self._process.stdout as lines:  # type: ignore[union-attr]
            for line in lines:
                self.events.append((monotonic(), json.loads(line)))


@dataclass(frozen=True)
class Fault:
    """What became of one fault."""

    name: str
    noticed_seconds: float
    back_seconds: float


@dataclass(frozen=True)
class Outcome:
    """What became of one peer."""

    peer: str
    faults: Sequence[Fault]
    stills: int
    doubles: int
    apart_seconds: float
    """Largest difference, within a connection, of when stills were sent and are said to be of."""


def watch(
    peer: Peer,
    film: Path,
    port: int,
    away: Sequence[float],
    frozen: Sequence[float],
    *options: str,
    steady_seconds: float = STEADY_SECONDS,
) -> Outcome:
    """Watch a peer through all faults, for `steady_seconds` before and after each."""
    origin = monotonic()
    sender = Sender(peer, film, port, origin)
    sender.start()
    with tempfile.TemporaryDirectory() as folder:
        session = Session(sender.address, Path(folder), ("--every", "2s", *options))
        try:
            session.wait_for("opened", origin, 60)
            steps = [(_killed, one) for one in away] + [(_frozen, one) for one in frozen]
            faults = []
            for fault, seconds in steps:
                time.sleep(steady_seconds)
                faults.append(fault(session, sender, seconds))
            time.sleep(steady_seconds)
        finally:
            session.end()
            sender.thaw()
            sender.kill()
        numbers, apart = _stills(session, Path(folder))
    return Outcome(peer.name, faults, len(numbers), len(numbers) - len(set(numbers)), apart)


def _killed(session: Session, sender: Sender, seconds: float) -> Fault:
    start = monotonic()
    sender.kill()
    noticed = session.wait_for("lost", start)
    time.sleep(max(0.0, start + seconds - monotonic()))
    sender.start()
    return Fault(f"killed for {seconds:g} s", noticed, session.wait_for("opened", monotonic()))


def _frozen(session: Session, sender: Sender, seconds: float) -> Fault:
    start = monotonic()
    sender.freeze()
    noticed = session.wait_for("lost", start)
    time.sleep(max(0.0, start + seconds - monotonic()))
    sender.thaw()
    return Fault(f"frozen for {seconds:g} s", noticed, session.wait_for("opened", monotonic()))


def _stills(session: Session, out: Path) -> tuple[list[int], float]:
    """Give the numbers of the frames that were saved, and how far their times are apart."""
    folder = next(out.iterdir())
    rows = json.loads((folder / "picks.json").read_text())["picks"]
    numbers: list[int] = []
    lags: dict[int, list[float]] = {}
    opened = [one["seconds"] for _, one in session.events if one["event"] == "opened"]
    for row in rows:
        numbers.append(read_number(np.asarray(Image.open(folder / row["still"]))))
        connection = int(np.searchsorted(opened, row["time_seconds"] + 1e-6))
        lags.setdefault(connection, []).append(row["time_seconds"] - numbers[-1] / RATE)
    return numbers, max((max(one) - min(one) for one in lags.values()), default=0.0)


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Give the lines of a Markdown table."""
    yield "peer | fault | noticed after | back after | stills | doubles | times apart"
    yield "--- | --- | --- | --- | --- | --- | ---"
    for one in outcomes:
        for fault in one.faults:
            times = f"{fault.noticed_seconds:.1f} s | {fault.back_seconds:.1f} s"
            last = f"{one.stills} | {one.doubles} | {one.apart_seconds:.2f} s"
            yield f"{one.peer} | {fault.name} | {times} | {last}"


def main() -> None:
    """Watch all peers at once, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", nargs="+", default=[""])
    parser.add_argument("--away", nargs="*", type=float, default=[3, 15, 60])
    parser.add_argument("--freeze", nargs="*", type=float, default=[15])
    parser.add_argument("--weights", help="weights to use in place of the shipped ones")
    given = parser.parse_args()
    peers = [one for one in PEERS if any(word in one.name for word in given.peers)]
    options = ("--weights", given.weights) if given.weights else ()
    outcomes: dict[str, Outcome] = {}
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        steps = [*given.away, *given.freeze]
        write_film(film, round(90 + sum(steps) + len(steps) * (STEADY_SECONDS + 20)))

        def run(peer: Peer, port: int) -> None:
            outcomes[peer.name] = watch(peer, film, port, given.away, given.freeze, *options)

        threads = [
            threading.Thread(target=run, args=(peer, _FIRST_PORT + number))
            for number, peer in enumerate(peers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    print("\n".join(table([outcomes[one.name] for one in peers if one.name in outcomes])))


if __name__ == "__main__":
    main()
