"""Opens very many damaged files in one worker, and watches memory, files, threads, processes.

    python -m benchmarks.soak_damaged FOLDER --files 1000

The files are short clips in several containers and codecs, cut off or with spoilt bytes, each in
its own way. Before them comes a whole clip with a face, so that the worker has loaded all libraries
and networks by then. FOLDER gets them and the results.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.batch_faults import command, tiny_weights
from benchmarks.process_tree import MIB, Watched, report, watch
from samples.clipmaker import Scene, View, load, numbered, render, write

KINDS: dict[str, dict[str, Any]] = {
    "h264.mp4": {"bframes": 2},
    "h264.mkv": {"bframes": 2},
    "h264.ts": {"bframes": 2},
    "hevc.mp4": {"codec": "libx265"},
    "mpeg4.avi": {"codec": "mpeg4"},
    "vp9.webm": {"codec": "libvpx-vp9"},
    "mpeg2.mpg": {"codec": "mpeg2video", "container": "mpeg"},
}
_FRAMES, _SIZE = 30, (160, 90)
FIRST_NAME = "!whole.mp4"
"""Comes before all others by its name."""
MOST_GROWTH = 20 * MIB


def make_damaged(folder: Path, count: int, seed: int = 0) -> None:
    """Make so many damaged files, in turn of each kind, cut off or with spoilt bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    rng, whole = np.random.default_rng(seed), {}
    for name, options in KINDS.items():
        path = folder.parent / name
        write(path, numbered(_FRAMES, _SIZE), rate=25, gop=10, **options)
        whole[name] = path.read_bytes()
    for at in range(count):
        name = [*whole][at % len(whole)]
        spoilt = _cut if at // len(whole) % 2 else _spoil
        (folder / f"{at:05}-{name}").write_bytes(spoilt(whole[name], rng))


def make_whole(path: Path) -> None:
    """Make a clip that shows a face, for which a worker loads all that it ever does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scene = Scene(load("astronaut"), 1.0, camera=((0, View(0.4)), (1.0, View(0.4))))
    write(path, render([scene], 320, 180, rate=25), rate=25)


def _cut(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: int(rng.uniform(0.02, 0.98) * len(data))]


def _spoil(data: bytes, rng: np.random.Generator) -> bytes:
    spoilt = np.frombuffer(data, np.uint8).copy()
    count = int(rng.integers(1, 200))
    spoilt[rng.integers(0, len(spoilt), count)] ^= rng.integers(1, 256, count).astype(np.uint8)
    return spoilt.tobytes()


def soak(folder: Path, count: int) -> tuple[Watched, Counter[str]]:
    """Pick from so many damaged files with one worker; also give how many ended in which state.

    The states are those of the damaged files only.
    """
    make_whole(folder / "damaged" / FIRST_NAME)
    make_damaged(folder / "damaged", count)
    out, weights = folder / "out-damaged", tiny_weights(folder)
    more = ("--jobs", "1", "--count", "1", "--pages", "none")
    found = watch(command(folder / "damaged", out, weights, *more))
    rows = [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]
    states = (row["state"] for row in rows if not row["source"].endswith(FIRST_NAME))
    return found, Counter(states)


def main() -> None:
    """Print what was seen; the exit code is 1 where something leaks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=1000)
    options = parser.parse_args()
    found, states = soak(options.folder, options.files)
    print(f"files: {dict(states)}")
    report(found)
    is_flat = found.growth_bytes() <= MOST_GROWTH and found.is_clean
    is_whole = states.total() == options.files
    sys.exit(os.EX_OK if is_flat and is_whole else 1)


if __name__ == "__main__":
    main()
