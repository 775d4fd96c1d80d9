"""Picking beside PySceneDetect and ffmpeg's thumbnail filter.

    python -m benchmarks.peers [CLIP] [--units 1] [--rounds 3]

All are given the same 1080p clip, as processes of their own, one after the other in each round;
printed are medians of wall and CPU time, and shares of the first one's. They do not do the same:
PySceneDetect finds cuts and may save an image of each scene, ffmpeg's filter finds the
frame nearest to the mean histogram of every hundred. Those that are not installed are left out.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.clips import FULL, excerpt, film
from benchmarks.figures import Cost, installed, keep, load, middle, run

_DEFAULT = "framepick pick"
_EXACT = "framepick pick --plan exact"
IMAGES = "PySceneDetect detect-adaptive save-images -n 1"
"""Its name; it is missing where PySceneDetect is."""
_SCENES = "PySceneDetect detect-content"
_THUMBNAIL = "ffmpeg -vf thumbnail"


def commands(clip: Path, out: str) -> dict[str, list[str]]:
    """Name what is compared."""
    pick = [sys.executable, "-m", "framepick.cli", "pick", str(clip), "--out", out]
    listed = {_DEFAULT: pick, _EXACT: [*pick, "--plan", "exact"]}
    if installed("scenedetect"):
        detect = [sys.executable, "-m", "scenedetect", "-q", "-i", str(clip)]
        listed[IMAGES] = [*detect, "detect-adaptive", "save-images", "-n", "1", "-o", out]
        listed[_SCENES] = [*detect, "detect-content"]
    if ffmpeg := shutil.which("ffmpeg"):
        listed[_THUMBNAIL] = [
            *(ffmpeg, "-nostdin", "-v", "error", "-i", str(clip)),
            *("-vf", "thumbnail", "-an", "-f", "null", "-"),
        ]
    return listed


def one_round(clip: Path, cache: Path) -> dict[str, Cost]:
    """Run each once. Nothing of the clip is in the `cache`, but networks as they were compiled."""
    costs = {}
    with tempfile.TemporaryDirectory(prefix="framepick-") as folder:
        for name, command in commands(clip, folder).items():
            for entry in cache.glob("*.framepick*"):
                entry.unlink()
            costs[name] = run(command, FRAMEPICK_CACHE=str(cache))[0]
    return costs


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="Beside other tools.")
    parser.add_argument("clip", nargs="?", type=Path)
    parser.add_argument("--units", type=int, default=1, help="length of the film, times 64 s")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    clip = options.clip or film(FULL, options.units)
    print(f"{clip.name}, {load()}, scenedetect {installed('scenedetect') or 'not installed'}")
    with tempfile.TemporaryDirectory(prefix="framepick-") as cache:
        pick = commands(excerpt(FULL, 8), str(Path(cache) / "picks"))[_DEFAULT]
        run(pick, FRAMEPICK_CACHE=cache)  # as on any day but the first
        rounds = [one_round(clip, Path(cache)) for _ in range(options.rounds)]
    costs = {name: middle([costs[name] for costs in rounds]) for name in rounds[0]}
    first = next(iter(costs.values()))
    for name, cost in costs.items():
        print(
            f"{name:48} wall {cost.wall:6.1f} s ({cost.wall / first.wall:.2f}), "
            f"CPU {cost.cpu:6.1f} s ({cost.cpu / first.cpu:.2f}), peak {cost.peak:5.0f} MB"
        )
    rows = [
        {"name": name, "wall": cost.wall, "cpu": cost.cpu, "peak": cost.peak}
        for name, cost in costs.items()
    ]
    keep("peers", [{"clip": clip.name, **row} for row in rows])


if __name__ == "__main__":
    main()
