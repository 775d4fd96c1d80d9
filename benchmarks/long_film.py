"""Fast against exact on a film of many different shots: sixteen minutes of 1080p.

    python -m benchmarks.long_film [--gop 8] [--photos FOLDER]

The films of `benchmarks.clips` repeat their shots, and copies of the best moment keep a search
busy; in this one, each shot of 2 to 10 s has a photograph of its own, seen by a camera held by
hand, with grain. It takes ffmpeg, some 200 photographs (FRAMEPICK_DATA, or --photos) and about
five minutes to make, and is kept in build/bench/clips. Both plans run as processes of their own,
with an empty cache, and PySceneDetect where it is installed; printed are times from their start to
the last file, and of the search alone.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.clips import CLIPS, RATE
from benchmarks.figures import keep, load, run
from benchmarks.one_pick import one_pick
from benchmarks.peers import IMAGES, commands
from samples.clipmaker import Pixels

WIDTH, HEIGHT = 1920, 1080
SECONDS = 1024
LEAST_PHOTOS = 100
_SEED = 11


def film(photos: list[Path], gop_seconds: int) -> Path:
    """Give the film, which is made if it is not there."""
    path = CLIPS / f"distinct_1080p_gop{gop_seconds}.mp4"
    if not path.exists():
        CLIPS.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.mp4")
        gop = gop_seconds * RATE
        command = [
            *("ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24"),
            *("-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "-", "-c:v", "libx264"),
            *("-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p", "-x264-params"),
            *(f"keyint={gop}:min-keyint={gop}:scenecut=0:open-gop=0", str(part)),
        ]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as ffmpeg:
            assert ffmpeg.stdin
            for frame in frames(photos):
                ffmpeg.stdin.write(frame.data)
        if ffmpeg.returncode:
            raise SystemExit("ffmpeg could not make the film")
        part.rename(path)
    return path


def frames(photos: list[Path]) -> Iterator[Pixels]:
    """Give all frames, (HEIGHT, WIDTH, 3) uint8 in cv2's order of colours."""
    rng = np.random.default_rng(_SEED)
    order = np.array(sorted(photos), object)
    rng.shuffle(order)
    grain = [cv2.merge([rng.normal(0, 3, (HEIGHT, WIDTH)).astype(np.int8)] * 3) for _ in range(6)]
    left, number = SECONDS * RATE, 0
    while left > 0:
        photo = cv2.imread(str(order[number % len(order)]))
        number += 1
        if photo is None or min(photo.shape[:2]) < 200:
            continue
        count = min(left, int(rng.integers(2 * RATE, 10 * RATE + 1)))
        yield from _shot(np.asarray(photo, np.uint8), count, grain, rng)
        left -= count


def _shot(
    photo: Pixels, count: int, grain: list[cv2.typing.MatLike], rng: np.random.Generator
) -> Iterator[Pixels]:
    """One shot: from one view by another to a third, some of them losing focus or exposure."""
    views = [_view(photo, rng) for _ in range(3)]
    shake, blur = rng.uniform(0.3, 3), rng.choice([0, 0, 0, 4.0])
    exposure, wobble = np.clip(1 + rng.normal(0, 0.2), 0.5, 1.4), np.zeros(2)
    for number in range(count):
        time = 2 * number / max(1, count - 1)
        first, second = views[min(int(time), 1) :][:2]
        view = first + (second - first) * (time - min(int(time), 1))
        wobble = 0.9 * wobble + rng.normal(0, shake, 2)
        picture = cv2.warpAffine(
            photo, _matrix(view, wobble), (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT
        )
        if blur * time / 2 > 0.3:
            picture = cv2.GaussianBlur(picture, (0, 0), blur * time / 2)
        gain = exposure + (1 - exposure) * time / 2
        if abs(gain - 1) > 0.02:
            picture = cv2.addWeighted(picture, gain, picture, 0, 0)
        yield cv2.add(picture, grain[int(rng.integers(6))], dtype=cv2.CV_8U)  # type: ignore[misc]


def _view(photo: Pixels, rng: np.random.Generator) -> np.ndarray:
    """Centre x and y, pixels per 120 of the frame, and angle in degrees."""
    height, width = photo.shape[:2]
    side = rng.uniform(0.45, 0.85) * min(width / 16, height / 9)
    x, y = rng.uniform(8 * side, width - 8 * side), rng.uniform(4.5 * side, height - 4.5 * side)
    return np.array([x, y, side, rng.normal(0, 2)])


def _matrix(view: np.ndarray, wobble: np.ndarray) -> np.ndarray:
    x, y, side, degrees = view
    scale, angle = WIDTH / (16 * side), np.deg2rad(degrees)
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    right = WIDTH / 2 + wobble[0] - cos * x + sin * y
    down = HEIGHT / 2 + wobble[1] - sin * x - cos * y
    return np.array([[cos, -sin, right], [sin, cos, down]])


def main() -> None:
    """Print the times of both plans and their ratio."""
    parser = argparse.ArgumentParser(description="Fast against exact on a long film.")
    parser.add_argument("--gop", type=int, default=8, help="seconds between key frames")
    parser.add_argument("--photos", type=Path, default=os.environ.get("FRAMEPICK_DATA"))
    options = parser.parse_args()
    photos = sorted(Path(options.photos).rglob("*.jpg")) if options.photos else []
    if len(photos) < LEAST_PHOTOS or not shutil.which("ffmpeg"):
        print(f"without ffmpeg and {LEAST_PHOTOS} photographs there is no long film")
        return
    path = film(photos, options.gop)
    found = {plan: one_pick(path, plan) for plan in ("exact", "fast")}
    for plan, (cost, figures) in found.items():
        print(
            f"{plan}: {cost.wall:.1f} s, CPU {cost.cpu:.1f} s, {cost.peak:.0f} MB; search "
            f"{figures['search_seconds']:.1f} s, refine {figures['refine_seconds']:.1f} s, "
            f"{figures['seen']:,.0f} frames decoded, first picks reported after "
            f"{figures['first_seconds']:.1f} s"
        )
    (exact, looked), (fast, sought) = found["exact"], found["fast"]
    search = looked["search_seconds"] / sought["search_seconds"]
    print(f"fast is {exact.wall / fast.wall:.1f} times as fast, its search {search:.1f} times")
    rows = [
        {"plan": plan, "gop": options.gop, "wall": cost.wall, "cpu": cost.cpu, **figures}
        for plan, (cost, figures) in found.items()
    ]
    with tempfile.TemporaryDirectory(prefix="framepick-") as folder:
        if command := commands(path, folder).get(IMAGES):
            cost, _ = run(command)
            print(f"{IMAGES}: {cost.wall:.1f} s; fast takes {fast.wall / cost.wall:.2f} of that")
            rows.append({"plan": IMAGES, "gop": options.gop, "wall": cost.wall, "cpu": cost.cpu})
    keep("long_film", rows)
    print(load())


if __name__ == "__main__":
    main()
