"""Picks from one very long file, and watches memory, open files, threads and processes.

    python -m benchmarks.soak_long FOLDER --hours 10
    python -m benchmarks.soak_long FOLDER --hours 1 --plan exact

The file repeats one clip of four shots without coding it anew. A short clip comes before it, so
that the worker has loaded all libraries and networks by then. FOLDER gets them and the results.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from benchmarks.batch_faults import command, tiny_weights
from benchmarks.process_tree import MIB, Watched, report, watch
from benchmarks.soak_damaged import make_whole
from samples.clipmaker import Scene, View, load, render, repeat, write

_PICTURES = ("chelsea", "coffee", "rocket", "astronaut", "balloons", "cat")
_SHOT_SECONDS = 5.0
RATE = 25
MOST_GROWTH = 20 * MIB


def make_long(path: Path, hours: float, size: tuple[int, int] = (320, 180)) -> None:
    """Make a film that lasts so long, unless it is there."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    clip = path.with_name("clip.mp4")
    scenes = [
        Scene(load(name), _SHOT_SECONDS, camera=((0, View(0.9)), (_SHOT_SECONDS, View(0.6))))
        for name in _PICTURES[:4]
    ]
    write(clip, render(scenes, *size, rate=RATE), rate=RATE, gop=2 * RATE, bframes=2, quality=33)
    repeat(clip, path, round(hours * 3600 / (len(scenes) * _SHOT_SECONDS)))


def soak(folder: Path, hours: float, plan: str, jobs: int, weights: Path | None) -> Watched:
    """Pick from a film that lasts so long, and give what was seen."""
    film = folder / f"{hours:g}h.mp4"
    make_long(film, hours)
    first = folder / "first.mp4"
    make_whole(first)
    out = folder / f"out-{plan}-{hours:g}h-{jobs}"
    more = (str(film), "--plan", plan, "--jobs", str(jobs))
    return watch(command(first, out, weights or tiny_weights(folder), *more))


def main() -> None:
    """Print what was seen; the exit code is 1 where something leaks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--hours", type=float, default=10.0)
    parser.add_argument("--plan", choices=("fast", "exact"), default="fast")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--weights", type=Path)
    options = parser.parse_args()
    found = soak(options.folder, options.hours, options.plan, options.jobs, options.weights)
    report(found)
    is_flat = found.growth_bytes() <= MOST_GROWTH and found.is_clean and not found.exit_code
    sys.exit(os.EX_OK if is_flat else 1)


if __name__ == "__main__":
    main()
