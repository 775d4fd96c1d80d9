"""Runs started together on one folder of results, killed at random in half of the rounds.

Each round starts two or three real `framepick pick` commands at once: two videos of one name from
two folders, one video with other options, or one command twice. In every second round they are
killed after a random time. Then all inputs are run once more, one after the other. What must hold,
and is counted where it does not:

- no folder holds a still of another video than its own;
- every still that picks.json lists is there, at all times;
- a run that ended with 0 has a whole result, and what it printed is there;
- a run that ended otherwise and was not killed says in one line who holds the folder;
- the last runs end with 0, and leave nothing hidden.

    python benchmarks/side_by_side.py [ROUNDS] [SEED]
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from framepick.aesthetic import load_model
from framepick.cache import Cache
from framepick.config import VideoConfig
from framepick.model.checkpoint import save_checkpoint
from framepick.model.tiny import tiny_checkpoint
from framepick.session import open_session
from samples.clipmaker import numbered, read_number, write

FRAMES = 90
"""Of the first clip; the second one's frames are numbered from there on."""
WAIT_SECONDS = 240


@dataclass
class Run:
    """One command, and what came of it."""

    source: str
    options: tuple[str, ...]
    process: subprocess.Popen[str]
    was_killed: bool = False
    output: str = ""
    errors: str = ""

    def is_going(self) -> bool:
        """Whether the command has not ended."""
        return self.process.poll() is None

    def end(self) -> None:
        """Wait for the command."""
        self.output, self.errors = self.process.communicate(timeout=WAIT_SECONDS)


@dataclass
class Place:
    """Two clips of one name in two folders, weights, and where results go."""

    root: Path
    counts: Counter[str] = field(default_factory=Counter)

    def prepare(self) -> None:
        """Make clips whose frames tell which clip they are of."""
        numbers = list(numbered(2 * FRAMES))
        for name, frames in (("a", numbers[:FRAMES]), ("b", numbers[FRAMES:])):
            (self.root / name).mkdir()
            write(self.root / name / "clip.mp4", frames, gop=30)
        save_checkpoint(self.root / "tiny.safetensors", *tiny_checkpoint(seed=0))

    def start(self, out: str, source: str, *options: str) -> Run:
        """Start `framepick pick` on a clip."""
        command = [sys.executable, "-m", "framepick.cli", "pick", f"{source}/clip.mp4"]
        command += ["--out", out, "--weights", "tiny.safetensors", "--json", *options]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(command, cwd=self.root, text=True, **pipes)  # type: ignore[call-overload]
        return Run(source, options, process)

    def check(self, out: str, runs: Sequence[Run]) -> None:
        """Count what must not be."""
        folders = {path.parent: path for path in (self.root / out).glob("*/picks.json")}
        for folder, path in folders.items():
            document = json.loads(path.read_text())
            source = document["source"][0]
            stills = {pick["still"] for pick in document["picks"]}
            self.counts["stills lost"] += sum(not (folder / name).exists() for name in stills)
            for still in [*folder.glob("clip_*.jpg"), *folder.glob("clip_*.png")]:
                self.counts["stills seen"] += 1
                self.counts["stills of another video"] += clip_of(still) != source
        for run in runs:
            self._check_run(run)

    def _check_run(self, run: Run) -> None:
        code = run.process.returncode
        if code == 0:
            self.counts["runs that ended with 0"] += 1
            picks = [json.loads(line) for line in run.output.splitlines()]
            missing = [pick for pick in picks if not (self.root / pick["still"]).exists()]
            folders = {(self.root / pick["still"]).parent for pick in picks}
            whole = len(folders) == 1 and is_whole(folders.pop())
            self.counts["runs that ended with 0 and files missing"] += bool(missing) or not whole
        elif run.was_killed and code == -9:
            self.counts["runs that were killed"] += 1
        else:
            self.counts["runs that had to wait"] += 1
            is_clear = len(run.errors.splitlines()) == 1 and "by another run" in run.errors
            self.counts["runs that ended otherwise"] += not is_clear
            if not is_clear:
                print(code, run.errors, file=sys.stderr)


def clip_of(still: Path) -> str:
    """Tell which clip a still is of."""
    return "a" if read_number(np.asarray(Image.open(still))) < FRAMES else "b"


def is_whole(folder: Path) -> bool:
    """Whether all files that picks.json names are there, and nothing failed."""
    document = json.loads((folder / "picks.json").read_text())
    is_there = all((folder / name).exists() for name in document["files"])
    return is_there and not document["failures"] and "being_replaced_by" not in document


ROUNDS: tuple[tuple[tuple[str, ...], ...], ...] = (
    (("a", "--count", "5"), ("b", "--count", "5")),
    (("a", "--count", "5"), ("a", "--count", "2")),
    (("a", "--count", "4"), ("a", "--count", "4")),
    (("a", "--count", "3", "--format", "png"), ("b", "--count", "6", "--no-refine")),
    (("a", "--count", "2"), ("b", "--count", "3"), ("a", "--count", "6", "--markers", "otio")),
)


def one_round(place: Place, number: int, random_source: random.Random) -> None:
    """Start some runs together, kill them in every second round, and run all once more."""
    out, is_killed = f"out{number // 5}", number % 2 == 1
    calls = ROUNDS[number % len(ROUNDS)]
    runs = [place.start(out, *call) for call in calls]
    if is_killed:
        kill_at_random(place.root / out, runs, random_source)
    for run in runs:
        run.end()
    place.check(out, runs)
    for source in sorted({call[0] for call in calls}):
        last = place.start(out, source, "--count", "3")
        last.end()
        place.counts["runs afterwards"] += 1
        place.counts["runs afterwards that failed"] += last.process.returncode != 0
        place.check(out, [last])
    hidden = [path for path in (place.root / out).iterdir() if path.name.startswith(".")]
    place.counts["hidden files left"] += len(hidden)


def kill_at_random(out: Path, runs: Sequence[Run], random_source: random.Random) -> None:
    """Kill runs after some seconds, or as often while one of them writes its result."""
    if random_source.random() < 0.5:
        while not any(out.glob(".*.partial/*.jpg")) and any(map(Run.is_going, runs)):
            time.sleep(0.005)
        time.sleep(random_source.uniform(0.0, 0.4))
    else:
        time.sleep(random_source.uniform(0.2, 8.0))
    for run in random_source.sample(runs, len(runs)):
        run.was_killed = True
        run.process.kill()
        time.sleep(random_source.uniform(0.0, 0.3))


def second_reader(place: Place) -> tuple[float, float]:
    """Seconds until the frames of a clip are there: with no cache, and beside a run that writes."""
    cache = Cache(place.root / "cache")
    path = place.root / "a" / "clip.mp4"
    model = load_model(place.root / "tiny.safetensors", "cpu")
    times = []
    with open_session(path, model, cache=cache) as writer:
        start = time.perf_counter()
        writer.explore(VideoConfig(plan="exact"))
        times.append(time.perf_counter() - start)
        start = time.perf_counter()
        with open_session(path, model, cache=cache) as reader:
            reader.explore(VideoConfig(plan="exact"))
            times.append(time.perf_counter() - start)
    return times[0], times[1]


def main(rounds: int = 20, seed: int = 0) -> Counter[str]:
    """Run all rounds and print what was counted."""
    with tempfile.TemporaryDirectory(prefix="framepick-") as root:
        place = Place(Path(root))
        place.prepare()
        random_source = random.Random(seed)  # noqa: S311 - nothing secret
        for number in range(rounds):
            one_round(place, number, random_source)
        first, second = second_reader(place)
    print(f"rounds: {rounds}")
    for name, count in sorted(place.counts.items()):
        print(f"{name}: {count}")
    print(f"exact search: {first:.3f} s; a second one beside it: {second:.3f} s")
    return place.counts


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
