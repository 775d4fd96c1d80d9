"""Many photos: what a second run over all of them takes, and whether memory stays flat.

    python -m benchmarks.many_photos [--photos 10000]

Small photos are made, a thousandth of them and then all are sorted by `framepick photos`, and all
once more. Memory is the largest resident size of a run.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
from PIL import Image

from samples.clipmaker import load

_SIZE = (120, 90)
_PICTURES = ("astronaut", "chelsea", "coffee", "rocket", "landscape")


def make_photos(folder: Path, count: int) -> None:
    """Write `count` crops of photographs in other colours, no two alike."""
    generator = np.random.default_rng(0)
    pictures = [Image.fromarray(load(name, (640, 480))) for name in _PICTURES]
    for number in range(count):
        picture = pictures[number % len(pictures)]
        left, top = generator.integers(0, (400, 300))
        crop = picture.crop((left, top, left + 240, top + 180)).resize(_SIZE)
        hue = np.asarray(crop.convert("HSV")).copy()
        hue[..., 0] += np.uint8(generator.integers(256))
        made = Image.fromarray(hue, "HSV").convert("RGB")
        made.save(folder / f"{number:05d}.jpg", quality=85)


def sort(folder: Path, out: Path, cache: Path) -> tuple[float, float]:
    """Sort photos in a process of its own; give its seconds and its megabytes."""
    call = [sys.executable, "-m", "framepick.cli", "photos", str(folder), "--out", str(out)]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, perf_counter()
    subprocess.run(call, check=True, env={**os.environ, "FRAMEPICK_CACHE": str(cache)})
    seconds = perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return seconds, max(before, after) / 1000


def main() -> None:
    """Print seconds and memory of the runs, and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=10_000)
    count = parser.parse_args().photos
    with tempfile.TemporaryDirectory() as place:
        folder, few = Path(place, "photos"), Path(place, "few")
        folder.mkdir()
        few.mkdir()
        make_photos(folder, count)
        for path in sorted(folder.iterdir())[: max(10, count // 1000)]:
            os.link(path, few / path.name)
        cache = Path(place, "cache")
        _, small = sort(few, Path(place, "out-few"), cache)
        first, large = sort(folder, Path(place, "out"), cache)
        again, _ = sort(folder, Path(place, "out"), cache)
        print(f"{count:,} photos in {first:.0f} s and {large:.0f} MB, {large / small:.2f} times")
        print(f"what few take; again in {again:.1f} s, {first / again:.0f} times as fast")


if __name__ == "__main__":
    main()
