"""How fast a batch is with two workers: against one, against xargs, and with Ray against without.

    python -m benchmarks.batch_engines FOLDER [--clips 4] [--seconds 60] [--rounds 3]

FOLDER gets clips of 720p made of the samples (ffmpeg is needed), and the results. Whole commands
are measured, with nothing in the cache; for Ray and the batch beside it time counts from when all
workers have loaded the model. All figures are medians of rounds that take turns.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from time import monotonic, time_ns

from framepick.batch.destination import destination_of
from framepick.batch.engine import Engine
from framepick.batch.local_engine import LocalEngine
from framepick.batch.pool import Pool
from framepick.batch.ray_engine import RayEngine
from framepick.batch.run import plan_batch
from framepick.batch.schedule import Schedule
from framepick.batch.tasks import Rules
from framepick.batch.watchdog import Limits
from framepick.batch.worker import WorkerSettings
from framepick.config import VideoConfig, config_hash
from framepick.encoding import load_encoder

SAMPLES = Path(__file__).parents[1] / "samples"
_SOURCES = ("edited", "handheld", "hunting", "bursts")
_FILTER = "scale=1280:720:force_original_aspect_ratio=increase,crop=1280:720"
_PICK = [sys.executable, "-m", "framepick.cli"]


def make_clips(folder: Path, count: int, seconds: float) -> list[Path]:
    """Make different clips of samples that go round, from another place each time."""
    folder.mkdir(parents=True, exist_ok=True)
    clips = [folder / f"clip-{at}.mp4" for at in range(count)]
    for at, clip in enumerate(clips):
        source = SAMPLES / f"{_SOURCES[at % len(_SOURCES)]}.mp4"
        skipped = 1.7 * (1 + at // len(_SOURCES))
        call = ["ffmpeg", "-v", "error", "-y", "-stream_loop", "-1", "-ss", str(skipped)]
        call += ["-i", str(source), "-t", str(seconds), "-vf", _FILTER, "-r", "30", "-an"]
        call += ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", str(clip)]
        if not clip.exists():
            subprocess.run(call, check=True)
    return clips


def command_seconds(call: Sequence[str], stdin: bytes = b"") -> float:
    """Run a command, and give how long it took."""
    begin = monotonic()
    subprocess.run(call, check=True, capture_output=True, input=stdin)
    return monotonic() - begin


def batch_call(clips: Sequence[Path], out: Path, jobs: int) -> list[str]:
    """Give a batch that writes all that `framepick pick` writes."""
    files = [str(clip) for clip in clips]
    more = ["--jobs", str(jobs), "--no-cache", "--pages", "all", "--out", str(out)]
    return [*_PICK, "batch", *files, *more]


def xargs_seconds(clips: Sequence[Path], out: Path) -> float:
    """Have xargs pick from two clips at a time."""
    call = ["xargs", "-0", "-P2", "-n1", *_PICK, "pick", "--no-cache", "--out", str(out)]
    return command_seconds(call, b"\0".join(os.fsencode(clip) for clip in clips))


def engine_seconds(
    clips: Sequence[Path], out: Path, make: Callable[[WorkerSettings, Limits, int], Engine]
) -> float:
    """Run a batch in this process; give how long it took from when two workers were ready."""
    config = VideoConfig()
    encoder = load_encoder(at_once=False).encoder_id
    settings = WorkerSettings(
        out=str(out),
        config=config.as_dict(),
        config_hash=config_hash(config),
        encoder=encoder,
        since_ns=time_ns(),
        has_index=True,
        threads=1,
        has_cache=False,
    )
    destination = destination_of(str(out))
    batch = plan_batch(clips, destination, config_hash(config), encoder, Rules())
    with make(settings, Limits(), 2).open(len(batch.todo)) as workers:
        with ThreadPoolExecutor(len(workers)) as threads:
            list(threads.map(lambda worker: worker.prepare(), workers))
        begin = monotonic()
        with Pool(Schedule(batch.todo, len(workers)), workers) as pool:
            states = [record.state for record in pool.results() if record]
        assert states == ["ok"] * len(clips)
        return monotonic() - begin


def main() -> None:
    """Print the seconds of each round, their medians, and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clips", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    clips = make_clips(options.folder / "clips", options.clips, options.seconds)
    out = options.folder / "out"
    ways: dict[str, Callable[[], float]] = {
        "one worker": lambda: command_seconds(batch_call(clips, out, 1)),
        "two workers": lambda: command_seconds(batch_call(clips, out, 2)),
        "xargs -P2 framepick pick": lambda: xargs_seconds(clips, out),
        "two workers, without start": lambda: engine_seconds(clips, out, LocalEngine),
        "two actors of Ray, without start": lambda: engine_seconds(clips, out, RayEngine),
    }
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(options.rounds):
        for name, way in ways.items():
            shutil.rmtree(out, ignore_errors=True)
            found[name].append(way())
            print(f"{name}: {found[name][-1]:.1f} s", flush=True)
    one, two, xargs, local, ray = (median(some) for some in found.values())
    print(f"two workers against one: {one / two:.2f} times as fast")
    print(f"two workers against xargs -P2: {xargs / two:.2f} times as fast")
    print(f"Ray against local, two workers each, without start: {local / ray:.2f} times as fast")


if __name__ == "__main__":
    main()
