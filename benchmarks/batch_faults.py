"""Kills a batch at random moments, runs it again at once, and looks for what was lost.

    python -m benchmarks.batch_faults FOLDER --kills 20

FOLDER gets the clips and the results. Every other time a worker is killed, and no rerun follows:
the batch must get over that by itself.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from framepick.batch.ledger import FOLDER_NAME, Record
from framepick.encoding.conversion import write_graph
from framepick.model.checkpoint import save_checkpoint
from framepick.model.tiny import tiny_checkpoint
from framepick.outputs.result_folders import PICKS_NAME
from samples.clipmaker import Scene, View, load, render, write

_PICTURES = ("chelsea", "coffee", "rocket", "astronaut")
JOBS = 2


@dataclass(frozen=True, slots=True)
class Found:
    """What is there after a batch came to its end."""

    states: dict[str, str]
    """State by name of the file, as the manifest says."""
    digests: dict[str, str]
    """Digest of each file of a result, by path."""
    hidden: list[str]
    """What is half written or locked."""
    redone: int
    """Records beyond one for each file."""


def make_clips(folder: Path, count: int, seconds: float = 1.0) -> None:
    """Make `count` small clips that differ in length."""
    folder.mkdir(parents=True, exist_ok=True)
    for at in range(count):
        picture = load(_PICTURES[at % len(_PICTURES)])
        length = seconds * (1 + at / count)
        scene = Scene(picture, length, camera=((0, View(0.9)), (length, View(0.6))))
        write(folder / f"clip-{at:02}.mp4", render([scene], 160, 90, rate=25), rate=25, gop=25)


def tiny_weights(folder: Path) -> Path:
    """Put weights into `folder` that are as fast as can be."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tiny.safetensors"
    save_checkpoint(path, *tiny_checkpoint(0))
    write_graph(path)
    return path


def command(clips: Path, out: Path, weights: Path, *more: str) -> list[str]:
    """Give the command line of a batch."""
    base = [sys.executable, "-m", "framepick.cli", "batch", str(clips), "--out", str(out)]
    return [*base, "--weights", str(weights), "--jobs", str(JOBS), "--no-cache", *more]


def start(call: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a batch, its messages to be read from `stderr`."""
    return subprocess.Popen(call, stderr=subprocess.PIPE, stdout=subprocess.PIPE)


def workers_of(pid: int) -> list[psutil.Process]:
    """Give the worker processes of a batch."""
    try:
        children = psutil.Process(pid).children()
        return [one for one in children if "framepick.batch.worker" in one.cmdline()]
    except psutil.Error:
        return []


def look(out: Path) -> Found:
    """Look at the folder of results."""
    rows = [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]
    counts = Counter(record.key for record in _records(out) if record.has_result)
    return Found(
        {Path(row["source"]).name: row["state"] for row in rows},
        dict(_digests(out)),
        sorted(str(one.relative_to(out)) for one in _hidden(out)),
        counts.total() - len(counts),
    )


def _records(out: Path) -> Iterator[Record]:
    for path in (out / FOLDER_NAME).glob("*.jsonl"):
        for line in path.read_bytes().splitlines():
            if record := Record.parse(line):
                yield record


def _hidden(out: Path) -> Iterator[Path]:
    for path in out.rglob(".*"):
        if path.name.startswith(".") and path.name.endswith((".partial", ".lock")):
            yield path


def _digests(out: Path) -> Iterator[tuple[str, str]]:
    for picks in out.glob(f"*/{PICKS_NAME}"):
        for path in picks.parent.iterdir():
            content = path.read_bytes()
            yield str(path.relative_to(out)), hashlib.blake2b(content).hexdigest()


def kill_parent(call: Sequence[str], after_seconds: float) -> bool:
    """Start a batch, kill it so, and give whether its workers ended within 5 s."""
    batch = start(call)
    time.sleep(after_seconds)
    workers = workers_of(batch.pid)
    batch.kill()
    batch.communicate()
    return not psutil.wait_procs(workers, timeout=5)[1]


def kill_worker(call: Sequence[str], after_seconds: float, rng: np.random.Generator) -> int:
    """Start a batch, kill one of its workers so, and give the exit code of the batch."""
    batch = start(call)
    end = time.monotonic() + after_seconds
    while batch.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
    if workers := workers_of(batch.pid):
        workers[rng.integers(len(workers))].send_signal(signal.SIGKILL)
    batch.communicate()
    return batch.returncode


def main() -> None:
    """Print one line for each kill, and the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--clips", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    weights = tiny_weights(options.folder)
    clips, rng = options.folder / "clips", np.random.default_rng(options.seed)
    make_clips(clips, options.clips)
    calm = options.folder / "calm"
    begin = time.monotonic()
    subprocess.run(command(clips, calm, weights), check=True, capture_output=True)
    seconds, wanted = time.monotonic() - begin, look(calm)
    print(f"undisturbed: {seconds:.1f} s, {len(wanted.states)} files", flush=True)
    sums: Counter[str] = Counter()
    for at in range(options.kills):
        out = options.folder / f"killed-{at:02}"
        call = command(clips, out, weights)
        after = rng.uniform(0.1, 1.0) * seconds
        if at % 2:
            note = f"worker, exit code {kill_worker(call, after, rng)}"
        else:
            ended = kill_parent(call, after)
            note = f"parent, workers ended: {ended}"
            subprocess.run(call, check=True, capture_output=True)
        found = look(out)
        bad = differences(wanted, found)
        sums.update(bad)
        print(f"{at:2} after {after:5.1f} s: {note}; {dict(bad)}", flush=True)
    print("in all:", dict(sums))
    sys.exit(os.EX_OK if not sums["lost"] + sums["different"] + sums["torn"] else 1)


def differences(wanted: Found, found: Found) -> Counter[str]:
    """Count what is not as after an undisturbed run."""
    names = wanted.digests.keys() | found.digests.keys()
    return Counter(
        lost=sum(found.states.get(name) != state for name, state in wanted.states.items()),
        different=sum(wanted.digests.get(one) != found.digests.get(one) for one in names),
        torn=len(found.hidden),
        redone=found.redone,
    )


if __name__ == "__main__":
    main()
