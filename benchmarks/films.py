"""Do the picks of a film show its scenes? Films made of real clips, whose frames are rated.

    python -m benchmarks.films FOOTAGE [--films 20] [--keep FOLDER]

FOOTAGE is a folder with clips.csv and ratings.csv, as `framepick evaluate --footage` takes it. Each
film shows eight clips of different places, each in one take, and two of them a second time. Picks
are made with --count 8 by each plan, and by scores alone (--variety 0). Scenes shown are counted,
and the ratings of the picks, of their nearest rated frames, compared with the best of each clip.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from framepick.aesthetic import AestheticModel, load_model
from framepick.cache import Cache
from framepick.config import PickConfig, PlanName, VideoConfig
from framepick.evaluation.footage.clips import RatedClip, read_footage
from framepick.session import open_session

SCENES, TAKES = 8, 2
SECONDS, RATE, SIZE = 8, 15, (640, 360)
EDITED = frozenset(
    [
        *("animation", "animation_game", "film_trailer", "interview", "montage", "music_video"),
        *("short_film", "sports_broadcast", "sunset_montage", "travel_drone", "travel_montage"),
    ]
)
"""Topics of clips that show several scenes themselves."""
METHODS: tuple[tuple[str, PlanName, float], ...] = (
    ("exact", "exact", 0.5),
    ("fast", "fast", 0.5),
    ("exact, --variety 0", "exact", 0.0),
)


@dataclass(frozen=True, slots=True)
class Part:
    """One clip in a film."""

    clip: RatedClip
    rate: Fraction
    """Frames a second of the clip itself."""
    start_seconds: float


@dataclass(frozen=True, slots=True)
class Found:
    """What the picks of a film show."""

    scenes: int
    rating: float
    """Mean rating, in shares of the mean of the best of each clip."""


def main() -> None:
    """Make the films, pick from them, and print a table."""
    arguments = _arguments()
    clips = [clip for clip in read_footage(arguments.footage) if _is_take(clip)]
    model = load_model()
    found: dict[str, list[Found]] = {name: [] for name, _, _ in METHODS}
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        cache = Cache(Path(scratch) / "cache", 1 << 30)
        for number in range(arguments.films):
            film = folder / f"film{number:02}.mp4"
            parts = _make(_chosen(clips, number), film)
            for name, plan, variety in METHODS:
                config = VideoConfig(PickConfig(SCENES, variety=variety), plan)
                found[name].append(_picked(film, parts, config, model, cache))
            print(film.name, *(f"{n}: {f[-1].scenes}" for n, f in found.items()), flush=True)
    print(f"\n{arguments.films} films of {SCENES} scenes, --count {SCENES}")
    print("| picks | scenes shown | all of them | rating, of the best of each scene |")
    print("|---|---|---|---|")
    for name, films in found.items():
        shown, ratings = np.array([(one.scenes, one.rating) for one in films]).T
        print(f"| {name} | {shown.mean():.2f} | {np.mean(shown == SCENES):.0%}", end=" | ")
        print(f"{ratings.mean():.3f} |")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("footage", type=Path)
    parser.add_argument("--films", type=int, default=20)
    parser.add_argument("--keep", type=Path, help="folder to keep the films in")
    return parser.parse_args()


def _is_take(clip: RatedClip) -> bool:
    return clip.video is not None and not clip.is_for_training and clip.topic not in EDITED


def _chosen(clips: Sequence[RatedClip], seed: int) -> list[RatedClip]:
    """Clips of different topics, some of them twice, in random order."""
    rng = np.random.default_rng(seed)
    by_topic = {clips[at].topic: clips[at] for at in rng.permutation(len(clips))}
    once = [list(by_topic.values())[at] for at in rng.permutation(len(by_topic))[:SCENES]]
    twice = [once[at] for at in rng.permutation(SCENES)[:TAKES]]
    return [(once + twice)[at] for at in rng.permutation(SCENES + TAKES)]


def _make(clips: Sequence[RatedClip], film: Path) -> list[Part]:
    """Write a film of the first seconds of `clips`, one after the other."""
    parts, start, filters = [], 0.0, []
    width, height = SIZE
    for number, clip in enumerate(clips):
        rate, frames = _rate_and_frames(clip)
        seconds = int(RATE * min(float(SECONDS), frames / float(rate))) / RATE
        parts.append(Part(clip, rate, start))
        start += seconds
        filters.append(
            f"[{number}:v]fps={RATE},trim=duration={seconds},setpts=PTS-STARTPTS,"
            f"scale={width}:{height}:force_original_aspect_ratio=decrease,"
            f"pad={width}:{height}:-1:-1,setsar=1,format=yuv420p[v{number}]"
        )
    joined = "".join(f"[v{number}]" for number in range(len(clips)))
    graph = ";".join([*filters, f"{joined}concat=n={len(clips)}:v=1[v]"])
    inputs = [word for clip in clips for word in ("-i", str(clip.video))]
    output = ["-filter_complex", graph, "-map", "[v]", "-crf", "18", "-preset", "fast", str(film)]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *inputs, *output], check=True)
    return parts


def _rate_and_frames(clip: RatedClip) -> tuple[Fraction, int]:
    fields = "stream=r_frame_rate", "-select_streams", "v:0", "-of", "csv=p=0"
    command = ["ffprobe", "-v", "error", "-show_entries", *fields, str(clip.video)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Fraction(text.strip().rstrip(",")), clip.frame_count


def _picked(
    film: Path, parts: Sequence[Part], config: VideoConfig, model: AestheticModel, cache: Cache
) -> Found:
    used = None if config.plan == "fast" else cache  # so that no plan profits from another
    with open_session(film, model, cache=used) as session:
        session.explore(config)
        times = [pick.moment.time_seconds for pick in session.select(config).picks]
    starts = np.array([part.start_seconds for part in parts])
    shown = [parts[int(np.searchsorted(starts, time + 1e-6, side="right")) - 1] for time in times]
    ratings = [_rating(part, time) for part, time in zip(shown, times, strict=True)]
    names = {part.clip.name: part.clip for part in parts}
    best = float(np.mean([clip.ratings.max() for clip in names.values()]))
    return Found(len({part.clip.name for part in shown}), float(np.mean(ratings)) / best)


def _rating(part: Part, time: float) -> float:
    index = round((time - part.start_seconds) * float(part.rate))
    return float(part.clip.ratings[part.clip.nearest_rows(np.array([index]))][0])


if __name__ == "__main__":
    main()
