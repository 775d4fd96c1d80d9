"""What refining costs, in seconds a pick, on a generated 1080p clip or on a video.

    python -m benchmarks.cost_of_refine [--video FILE] [--seconds 24] [--picks 5] [--runs 3]

The generated clip has a key frame every two seconds. Prints the median of some runs, each from the
start: selecting with refinement less selecting without, as it is and where no faces are looked for,
and all stills of the picks and their runners-up.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from framepick.aesthetic import AestheticModel, load_model
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


def seconds_of(path: Path, model: AestheticModel, config: VideoConfig) -> tuple[float, float]:
    """Measure selecting from a video that was explored, and the stills of what was selected."""
    with open_session(path, model) as session:
        session.explore(config)
        start = perf_counter()
        choice = session.select(config)
        selected = perf_counter()
        moments = moments_to_keep(choice.picks)
        assert len(list(session.source.stills(moments))) == len(moments)
        return selected - start, perf_counter() - selected


def main() -> None:
    """Print the cost, in all and of each pick."""
    parser = argparse.ArgumentParser(description="Cost of refine.")
    parser.add_argument("--video", type=Path)
    parser.add_argument("--seconds", type=float, default=24.0)
    parser.add_argument("--picks", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    model = load_model(device="cpu")
    ways = {
        "plain": VideoConfig(PickConfig(options.picks), refine=None),
        "refine without faces": VideoConfig(PickConfig(options.picks, prefer="scenery")),
        "refine": VideoConfig(PickConfig(options.picks)),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = options.video or Path(folder) / "clip.mp4"
        if not options.video:
            make_clip(path, options.seconds)
        runs = {
            name: [seconds_of(path, model, config) for _ in range(options.runs)]
            for name, config in ways.items()
        }
    plain = median(select for select, _ in runs["plain"])
    for name in ("refine without faces", "refine"):
        cost = median(select for select, _ in runs[name]) - plain
        each = cost / options.picks
        print(f"{name}: {cost:.2f} s for {options.picks} picks, {each:.2f} s a pick")
    stills = median(seconds for _, seconds in runs["refine"])
    print(f"stills of picks and runners-up: {stills:.2f} s, {stills / options.picks:.2f} s a pick")


if __name__ == "__main__":
    main()
