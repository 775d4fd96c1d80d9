"""Ends a batch by signals at random moments: how long that takes, and whether it can go on.

    python -m benchmarks.batch_signals FOLDER --signals 18

In turn SIGINT, SIGTERM, and SIGINT twice, half a second apart. FOLDER gets clips and results.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import psutil

from benchmarks.batch_faults import (
    command,
    differences,
    look,
    make_clips,
    start,
    tiny_weights,
)

_WAYS = (
    ("SIGINT", [signal.SIGINT]),
    ("SIGTERM", [signal.SIGTERM]),
    ("SIGINT twice", [signal.SIGINT] * 2),
)
_BETWEEN_SECONDS = 0.2


def end(
    call: Sequence[str], after_seconds: float, numbers: Sequence[signal.Signals]
) -> tuple[int, float, int]:
    """Start a batch and send it signals; give exit code, seconds since the last, processes left."""
    batch = start(call)
    time.sleep(after_seconds)
    below = psutil.Process(batch.pid).children(recursive=True) if batch.poll() is None else []
    for place, number in enumerate(numbers):
        time.sleep(_BETWEEN_SECONDS if place else 0)
        batch.send_signal(number)
        sent = time.monotonic()
    batch.communicate()
    seconds = time.monotonic() - sent
    _, left = psutil.wait_procs(below, timeout=2.0)
    return batch.returncode, seconds, len(left)


def main() -> None:
    """Print one line for each signal, and the longest times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--signals", type=int, default=18)
    parser.add_argument("--clips", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    weights, rng = tiny_weights(options.folder), np.random.default_rng(options.seed)
    clips, calm = options.folder / "clips", options.folder / "calm"
    make_clips(clips, options.clips)
    begin = time.monotonic()
    subprocess.run(command(clips, calm, weights), check=True, capture_output=True)
    whole, wanted, is_good = time.monotonic() - begin, look(calm), True
    longest: dict[str, float] = defaultdict(float)
    for at in range(options.signals):
        name, numbers = _WAYS[at % len(_WAYS)]
        out, after = options.folder / "ended", rng.uniform(0.1, 1.0) * whole
        call = command(clips, out, weights)
        code, seconds, left = end(call, after, numbers)
        subprocess.run(call, check=True, capture_output=True)
        bad = +differences(wanted, look(out))
        is_good &= not left and not bad["lost"] + bad["different"] + bad["torn"]
        longest[name] = max(longest[name], seconds)
        ended = f"exit code {code} after {seconds:.2f} s, {left} processes left"
        print(f"{after:5.1f} s: {name}, {ended}; {dict(bad)}", flush=True)
        shutil.rmtree(out)
    print("longest:", {name: round(seconds, 2) for name, seconds in longest.items()})
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
