"""What refining costs, in seconds a pick, on a generated 1080p clip.

    python -m benchmarks.cost_of_refine [--seconds 24] [--picks 5] [--runs 3]

The clip has a key frame every two seconds. Prints the median of some runs: selecting with
refinement less selecting without, and all stills of the picks and their runners-up.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from framepick.aesthetic import load_model
from framepick.config import PickConfig, VideoConfig
from framepick.outputs.folder import moments_to_keep
from framepick.session import open_session
from samples.clipmaker import Scene, View, load, render, write

SIZE = (1920, 1080)
RATE = 30
KEY_SECONDS = 2


def make_clip(path: Path, seconds: float) -> None:
    """Write shots of four seconds, each with a slow camera and grain."""
    scenes = []
    for number in range(max(1, round(seconds / 4))):
        picture = load(("balloons", "landscape", "astronaut", "rocket", "coffee")[number % 5])
        camera = ((0.0, View(0.45, 0.45, 0.75)), (4.0, View(0.55, 0.5, 0.9)))
        scenes.append(Scene(picture, 4.0, camera, shake=1.0, noise=2.0))
    write(path, render(scenes, *SIZE, rate=RATE), rate=RATE, gop=KEY_SECONDS * RATE, quality=23)


def main() -> None:
    """Print the cost, in all and of each pick."""
    parser = argparse.ArgumentParser(description="Cost of refine.")
    parser.add_argument("--seconds", type=float, default=24.0)
    parser.add_argument("--picks", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    model = load_model(device="cpu")
    refined = VideoConfig(PickConfig(options.picks))
    plain = VideoConfig(PickConfig(options.picks), refine=None)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        make_clip(path, options.seconds)
        with open_session(path, model) as search:
            search.explore(refined)
            seconds: dict[str, list[float]] = {"refine": [], "plain": [], "stills": []}
            for _ in range(options.runs):
                for name, config in (("refine", refined), ("plain", plain)):
                    start = perf_counter()
                    choice = search.select(config)
                    seconds[name].append(perf_counter() - start)
                    if name == "refine":
                        start = perf_counter()
                        moments = moments_to_keep(choice.picks)
                        assert len(list(search.source.stills(moments))) == len(moments)
                        seconds["stills"].append(perf_counter() - start)
    cost = median(seconds["refine"]) - median(seconds["plain"])
    print(f"refine: {cost:.2f} s for {options.picks} picks, {cost / options.picks:.2f} s a pick")
    print(
        f"stills of picks and runners-up: {median(seconds['stills']):.2f} s, "
        f"{median(seconds['stills']) / options.picks:.2f} s a pick"
    )


if __name__ == "__main__":
    main()
