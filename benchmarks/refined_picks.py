"""Are picks clean frames? With refinement, and without it.

    python -m benchmarks.refined_picks [--clips 30] [--photos FOLDER] [--keep FOLDER]

Makes clips in which it is known of every frame whether it is clean: hand-held shots with bursts of
motion blur of 3 to 25 pixels, lenses that hunt for focus, shots that fade in, fade out and dissolve
into each other, and shots lit by flashes. Picks as many frames as a clip has shots, once with
refine and once without, and counts those that are clean. Photos, if a folder of them is named, are
filmed beside the pictures of the clip generator.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from framepick.aesthetic import AestheticModel, load_model
from framepick.config import PickConfig, VideoConfig
from framepick.session import open_session
from framepick.sources.photo_files import find_photos
from framepick.sources.photos import load_photo
from samples.clipmaker import Pixels, Scene, View, load, render, write

SIZE = (480, 320)
RATE = 25
SECONDS = 2.4
DISSOLVE_FRAMES = 16
CLEAN_BLUR_PIXELS, CLEAN_DEFOCUS_PIXELS, CLEAN_FADE = 1.0, 0.5, 0.04
_UNIT = SIZE[0] / 640  # lengths of a scene are meant for 640 pixels
PICTURES = ("astronaut", "coffee", "rocket", "hubble_deep_field", "balloons", "landscape")


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """Frames of one shot, and which of them are clean."""

    frames: list[Pixels]
    clean: list[bool]


def smeared(picture: Pixels, rng: np.random.Generator) -> Shot:
    """Bursts of motion blur, a new length and direction in each."""
    bursts = [
        (0.0, rng.integers(2, 8)) if n % 2 else (rng.uniform(3, 25), rng.integers(3, 9))
        for n in range(30)
    ]
    lengths = np.repeat(*map(np.array, zip(*bursts, strict=True)))[rng.integers(0, 8) :]
    angle = float(rng.uniform(0, 180))
    scene = _scene(picture, rng)
    scene = replace(
        scene,
        blur=lambda t: lengths[_frame(t)] / _UNIT,
        blur_angle=angle,
        shake=float(rng.uniform(0, 3)),
    )
    return _shot(scene, lambda n: lengths[n] < CLEAN_BLUR_PIXELS, rng)


def hunting(picture: Pixels, rng: np.random.Generator) -> Shot:
    """Focus that is found, lost and sought again."""
    slowest, phase = rng.uniform(0.5, 1.4), rng.uniform(0, 2 * np.pi)
    most = rng.uniform(2, 5)

    def defocus(seconds: float) -> float:
        swing = np.sin(2 * np.pi * slowest * seconds + phase)
        return float(max(0.0, swing) * most)

    scene = replace(_scene(picture, rng), defocus=lambda t: defocus(t) / _UNIT)
    return _shot(scene, lambda n: defocus(n / RATE) <= CLEAN_DEFOCUS_PIXELS, rng)


def faded(picture: Pixels, rng: np.random.Generator) -> Shot:
    """In from black or white, out to the other, each in up to a second."""
    rise, fall = rng.uniform(0.3, 1.0, 2)
    first, last = rng.permutation([-1.0, 1.0])

    def fade(seconds: float) -> float:
        into, out = 1 - seconds / rise, (seconds - SECONDS + fall) / fall
        return float(first * max(0.0, into) + last * max(0.0, out))

    scene = replace(_scene(picture, rng), fade=fade)
    return _shot(scene, lambda n: abs(fade(n / RATE)) <= CLEAN_FADE, rng)


def flashed(picture: Pixels, rng: np.random.Generator) -> Shot:
    """Flashes of one to three frames."""
    starts = np.cumsum(rng.integers(8, 20, 12))
    lit = {int(s) + n for s in starts for n in range(rng.integers(1, 4))}
    stops = float(rng.uniform(1.2, 2.5))
    scene = replace(_scene(picture, rng), exposure=lambda t: stops if _frame(t) in lit else 0.0)
    return _shot(scene, lambda n: n not in lit, rng)


KINDS: dict[str, Callable[[Pixels, np.random.Generator], Shot]] = {
    "smeared": smeared,
    "hunting": hunting,
    "faded": faded,
    "flashed": flashed,
}


def dissolved(shots: list[Shot]) -> Shot:
    """Join shots, each dissolving into the next."""
    frames, clean = list(shots[0].frames), list(shots[0].clean)
    for shot in shots[1:]:
        before = frames[-DISSOLVE_FRAMES:]
        for n in range(DISSOLVE_FRAMES):
            share = (n + 1) / (DISSOLVE_FRAMES + 1)
            mixed = before[n] * (1 - share) + shot.frames[n] * share
            frames[n - DISSOLVE_FRAMES] = np.rint(mixed).astype(np.uint8)
            clean[n - DISSOLVE_FRAMES] = False
        frames += shot.frames[DISSOLVE_FRAMES:]
        clean += shot.clean[DISSOLVE_FRAMES:]
    return Shot(frames, clean)


def picked_clean(
    path: Path, clean: list[bool], model: AestheticModel, count: int, with_refine: bool
) -> list[tuple[int, bool]]:
    """Frames picked, and whether each is clean."""
    config = VideoConfig(PickConfig(count))
    config = config if with_refine else replace(config, refine=None)
    with open_session(path, model) as search:
        search.explore(config)
        choice = search.select(config)
    return [(pick.moment.frame_index, clean[pick.moment.frame_index]) for pick in choice.picks]


def _frame(seconds: float) -> int:
    return round(seconds * RATE)


def _scene(picture: Pixels, rng: np.random.Generator) -> Scene:
    (x, y), (u, v) = rng.uniform(0.45, 0.55, (2, 2))
    width = SIZE[0] / picture.shape[1]  # about a pixel to a pixel: small blurs can be seen
    near, far = np.clip(width * rng.uniform(0.9, 1.1, 2), 0.3, 0.9)
    camera = ((0.0, View(x, y, near)), (SECONDS, View(u, v, far)))
    return Scene(picture, SECONDS, camera, noise=float(rng.uniform(0.5, 3)))


def _shot(scene: Scene, is_clean: Callable[[int], bool], rng: np.random.Generator) -> Shot:
    frames = list(render([scene], *SIZE, rate=RATE, seed=int(rng.integers(1 << 30))))
    return Shot(frames, [bool(is_clean(n)) for n in range(len(frames))])


def make_clips(
    seeds: range, pictures: list[Pixels], folder: Path
) -> Iterator[tuple[str, Path, list[bool], int]]:
    """Write clips of four shots; give kind, path, which frames are clean, and the shots."""
    for number in seeds:
        rng = np.random.default_rng(number)
        kind = [*KINDS, "dissolved"][number % (len(KINDS) + 1)]
        chosen = [pictures[n] for n in rng.permutation(len(pictures))[:4]]
        if kind == "dissolved":
            makers = [list(KINDS.values())[n] for n in rng.integers(0, 2, 4)]
            whole = dissolved([make(p, rng) for make, p in zip(makers, chosen, strict=True)])
        else:
            shots = [KINDS[kind](picture, rng) for picture in chosen]
            whole = Shot([f for s in shots for f in s.frames], [c for s in shots for c in s.clean])
        path = folder / f"{number:03}-{kind}.mp4"
        write(path, whole.frames, rate=RATE, gop=50, quality=21)
        yield kind, path, whole.clean, len(chosen)


def main() -> None:
    """Print the shares of clean picks, by kind of clip and in all."""
    parser = argparse.ArgumentParser(description="Clean picks with and without refine.")
    parser.add_argument("--clips", type=int, default=30)
    parser.add_argument("--first", type=int, default=0, help="seed of the first clip")
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--keep", type=Path, help="keep the clips in this folder")
    options = parser.parse_args()
    pictures = [load(name) for name in PICTURES]
    if options.photos:
        found = find_photos([options.photos])
        chosen = np.random.default_rng(0).permutation(len(found))[:60]
        pictures += [load_photo(found[n]) for n in chosen]
    model = load_model(device="cpu")
    seeds = range(options.first, options.first + options.clips)
    totals: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for kind, path, clean, count in make_clips(seeds, pictures, folder):
            with_, without = (picked_clean(path, clean, model, count, on) for on in (True, False))
            for name in (kind, "all"):
                row = totals.setdefault(name, [0, 0, 0, 0])
                row[0] += sum(ok for _, ok in with_)
                row[1] += len(with_)
                row[2] += sum(ok for _, ok in without)
                row[3] += len(without)
            if bad := [n for n, ok in with_ if not ok]:
                print(f"{path.name}: not clean: frames {bad}", flush=True)
    print(f"{'clips':12} {'refined':>15} {'without':>15}   clean picks of all")
    for name, (good, all_, plain, plain_all) in totals.items():
        print(
            f"{name:12} {good:4}/{all_:<4} {good / all_:5.1%} "
            f"{plain:4}/{plain_all:<4} {plain / plain_all:5.1%}"
        )


if __name__ == "__main__":
    main()
