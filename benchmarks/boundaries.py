"""Where shots begin: framepick beside PySceneDetect, on films whose boundaries are known.

    python -m benchmarks.boundaries FOOTAGE [--films 3] [--keep FOLDER]

FOOTAGE is a folder with clips.csv, as `framepick evaluate --footage` takes it. From its clips that
are one take each, films are made of six kinds: hard cuts, fades through black, dissolves, cuts with
flashes of light, with fast pans over still pictures, and hand-held footage. A boundary counts as
found where a shot begins at the very frame, of a fade or dissolve at one of its frames; each counts
once, and everything else that is found is a false alarm.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.films import EDITED
from framepick.aesthetic import AestheticModel, load_model
from framepick.config import PickConfig, VideoConfig
from framepick.evaluation.footage.clips import RatedClip, read_footage
from framepick.session import open_session

WIDTH, HEIGHT = 426, 240
RATES = (15, 25, 30)
SHOTS = 10
KINDS = ("cuts", "fades", "dissolves", "flashes", "pans", "hand-held")
HAND_HELD = frozenset(("people_phone", "sports_phone", "flowers_handheld", "baby_pet", "running"))

Frames = NDArray[np.uint8]


@dataclass(slots=True)
class Film:
    """Frames, and the first and last frame at which each shot may be said to begin."""

    frames: list[Frames] = field(default_factory=list)
    boundaries: list[tuple[int, int]] = field(default_factory=list)


def main() -> None:
    """Make the films, find their shots by each method, and print a table."""
    arguments = _arguments()
    clips = [c for c in read_footage(arguments.footage) if c.video and c.topic not in EDITED]
    methods = _methods(load_model())
    totals = {name: {kind: np.zeros(3, int) for kind in KINDS} for name in methods}
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for kind in KINDS:
            for number in range(arguments.films):
                rng = np.random.default_rng(100 * KINDS.index(kind) + number)
                rate = int(rng.choice(RATES))
                film = _film(kind, clips, rate, rng)
                path = folder / f"{kind}{number}.mp4"
                _write(film, path, rate)
                for name, find in methods.items():
                    totals[name][kind] += _counted(film.boundaries, find(path))
            print(kind, {n: _described(t[kind]) for n, t in totals.items()}, flush=True)
    print("\nF1, of it found and false")
    print(f"| method | {' | '.join(KINDS)} | all |")
    print("|---|" + "---|" * (len(KINDS) + 1))
    for name, by_kind in totals.items():
        cells = [
            _described(one) for one in (*by_kind.values(), np.sum(list(by_kind.values()), axis=0))
        ]
        print(f"| {name} | {' | '.join(cells)} |")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("footage", type=Path)
    parser.add_argument("--films", type=int, default=3, help="films of each kind")
    parser.add_argument("--keep", type=Path, help="folder to keep the films in")
    return parser.parse_args()


def _methods(model: AestheticModel) -> dict[str, Callable[[Path], list[int]]]:
    from scenedetect import AdaptiveDetector, ContentDetector, ThresholdDetector, detect

    def framepick(path: Path) -> list[int]:
        with open_session(path, model) as session:
            session.explore(VideoConfig(PickConfig(), "exact"))
            starts = np.flatnonzero(np.diff(session.curve.shot)) + 1
            return [int(session.samples.frame_index[row]) for row in starts]

    def peer(*detectors: Callable[[], object]) -> Callable[[Path], list[int]]:
        def find(path: Path) -> list[int]:
            scenes = [detect(str(path), one(), start_in_scene=True) for one in detectors]
            return sorted({start.frame_num for some in scenes for start, _ in some[1:]})

        return find

    return {
        "framepick": framepick,
        "PySceneDetect, content": peer(ContentDetector),
        "PySceneDetect, adaptive": peer(AdaptiveDetector),
        "PySceneDetect, adaptive and threshold": peer(AdaptiveDetector, ThresholdDetector),
    }


def _film(kind: str, clips: Sequence[RatedClip], rate: int, rng: np.random.Generator) -> Film:
    film = Film()
    fitting = [c for c in clips if kind != "hand-held" or c.topic in HAND_HELD]
    last = -1
    for number in range(SHOTS):
        last = int(rng.choice([at for at in range(len(fitting)) if at != last]))
        shot = _frames(fitting[last], rate, rng.uniform(1.5, 4.0), rng)
        if kind == "pans" and number % 2:
            shot = _pan(shot[0], len(shot), rng)
        if kind == "flashes":
            _flash(shot, rng)
        _join(film, shot, kind, rate, rng)
    return film


def _join(film: Film, shot: list[Frames], kind: str, rate: int, rng: np.random.Generator) -> None:
    """Append a shot, after a transition of the kind."""
    count = min(int(rate * rng.uniform(0.4, 1.2)), len(shot) // 3, max(len(film.frames) // 3, 0))
    if not film.frames:
        film.frames += shot
    elif kind == "dissolves" and count > 1:
        start = len(film.frames) - count
        mixed = [
            _mixed(film.frames[start + at], shot[at], (at + 1) / (count + 1)) for at in range(count)
        ]
        film.frames[start:] = mixed + shot[count:]
        film.boundaries.append((start, start + count))
    elif kind == "fades" and count > 1:
        start, dark = len(film.frames) - count, np.zeros_like(shot[0])
        for at in range(count):
            share = (at + 1) / count
            film.frames[start + at] = _mixed(film.frames[start + at], dark, share)
            shot[at] = _mixed(dark, shot[at], share)
        film.boundaries.append((start, len(film.frames) + count))
        film.frames += shot
    else:
        film.boundaries.append((len(film.frames), len(film.frames)))
        film.frames += shot


def _mixed(one: Frames, other: Frames, share: float) -> Frames:
    return (one * (1 - share) + other * share).round().astype(np.uint8)


def _flash(shot: list[Frames], rng: np.random.Generator) -> None:
    """Light one to three frames in the middle of a shot, as a flash does."""
    first, count = int(rng.integers(8, len(shot) - 8)), int(rng.integers(1, 4))
    for at in range(first, first + count):
        shot[at] = np.clip(shot[at] * rng.uniform(1.5, 3.0) + 70, 0, 255).astype(np.uint8)


def _pan(picture: Frames, count: int, rng: np.random.Generator) -> list[Frames]:
    """Pan over a picture with a window of half its size, there within half a second to two."""
    large = picture.repeat(2, axis=0).repeat(2, axis=1)
    places = np.clip(np.cumsum(rng.normal(0, 25, count)) + np.linspace(0, WIDTH, count), 0, WIDTH)
    return [large[HEIGHT // 2 : -HEIGHT // 2, int(x) : int(x) + WIDTH].copy() for x in places]


def _frames(clip: RatedClip, rate: int, seconds: float, rng: np.random.Generator) -> list[Frames]:
    """Frames of a part of a clip; its length may be less."""
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"]
    text = subprocess.run([*command, str(clip.video)], capture_output=True, check=True).stdout
    start = rng.uniform(0, max(0.0, float(text) - seconds - 0.2))
    scale = f"fps={rate},scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=increase"
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-ss",
        f"{start}",
        "-i",
        str(clip.video),
        "-t",
        f"{seconds}",
    ]
    command += ["-vf", f"{scale},crop={WIDTH}:{HEIGHT}", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return list(np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH, 3))


def _write(film: Film, path: Path, rate: int) -> None:
    size = f"{WIDTH}x{HEIGHT}"
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size]
    command += ["-r", str(rate), "-i", "-", "-pix_fmt", "yuv420p", "-crf", "20", str(path)]
    subprocess.run(command, input=b"".join(one.tobytes() for one in film.frames), check=True)


def _counted(boundaries: Sequence[tuple[int, int]], found: Sequence[int]) -> NDArray[np.int_]:
    """Boundaries, those of them found, and false alarms."""
    hits = [_inside(boundaries, frame) for frame in found]
    true = {hit for hit in hits if hit is not None}
    return np.array([len(boundaries), len(true), len(found) - len(true)])


def _inside(boundaries: Sequence[tuple[int, int]], frame: int) -> int | None:
    places: Iterator[int] = (
        at for at, (first, last) in enumerate(boundaries) if first <= frame <= last
    )
    return next(places, None)


def _described(counts: NDArray[np.int_]) -> str:
    known, true, false = counts.tolist()
    return f"{2 * true / max(known + true + false, 1):.3f} ({true} of {known}, {false} false)"


if __name__ == "__main__":
    main()
