"""Kills `framepick pick` by SIGKILL at random moments: nothing of it may go on, or stay in memory.

    python -m benchmarks.killed_picks [CLIP] [--kills 50]

Counted are processes that are left after five seconds, and new files in /dev/shm; in the end the
same command is run to its end, and must leave nothing but its result.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from benchmarks.figures import load

SAMPLE = Path(__file__).parents[1] / "samples" / "edited.mp4"
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - it is looked at only
LEAST_SECONDS, LIMIT_SECONDS = 0.05, 5.0


@dataclass(frozen=True, slots=True)
class Left:
    """What a killed command left behind."""

    after_seconds: float
    """When it was killed."""
    children: int
    """Processes that it had then."""
    processes: int
    """Those that were there after the limit."""
    gone_after_seconds: float
    shared: int
    """New files of shared memory."""


def kill(command: list[str], after_seconds: float) -> Left:
    """Start a command, kill it after a time, and look."""
    before = _shared()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(after_seconds)
    below = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    killed = time.monotonic()
    process.wait()
    _, alive = psutil.wait_procs(below, timeout=LIMIT_SECONDS)
    gone = time.monotonic() - killed
    return Left(after_seconds, len(below), len(alive), gone, len(_shared() - before))


def main() -> None:
    """Print one line for each kill, and sums."""
    parser = argparse.ArgumentParser(description="Picks that are killed.")
    parser.add_argument("clip", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--kills", type=int, default=50)
    options = parser.parse_args()
    print(load())
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory(prefix="framepick-") as folder:
        call = [sys.executable, "-m", "framepick.cli", "pick", str(options.clip), "--no-cache"]
        call += ["--out", folder]
        begin = time.monotonic()
        subprocess.run(call, check=True, capture_output=True)
        whole = time.monotonic() - begin
        moments = rng.uniform(LEAST_SECONDS, 0.95 * whole, options.kills)
        lefts = [kill(call, float(at)) for at in moments]
        subprocess.run(call, check=True, capture_output=True)
        hidden = [path.name for path in Path(folder).rglob(".*")]
    print(f"{options.clip.name}: a run takes {whole:.1f} s; {len(lefts)} kills")
    print(f"with children then: {sum(one.children > 0 for one in lefts)}")
    print(f"processes left after {LIMIT_SECONDS:g} s: {sum(one.processes for one in lefts)}")
    print(f"all gone after {max(one.gone_after_seconds for one in lefts):.2f} s at most")
    print(f"new files in shared memory: {sum(one.shared for one in lefts)}")
    print(f"left in the folder of results after one more run: {hidden or 'nothing'}")
    if any(one.processes or one.shared for one in lefts) or hidden:
        raise SystemExit(1)


def _shared() -> set[str]:
    return {path.name for path in SHARED_MEMORY.iterdir()} if SHARED_MEMORY.is_dir() else set()


if __name__ == "__main__":
    main()
