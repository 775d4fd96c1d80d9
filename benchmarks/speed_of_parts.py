"""What parts of a video cost to decode, beside all of it.

    python -m benchmarks.speed_of_parts [CLIP ...] [--seconds 120]

Without a clip, two of 1920 x 1080 at 30 frames a second are made, with key frames every 2 s and
every 8 s. Printed are wall time and CPU time of the decoder process, as medians of three runs, and
how many times faster than decoding all a part is.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import av
import numpy as np
import psutil

from framepick.protocols import Source
from framepick.sources.opening import open_source
from framepick.types import FrameRequest, ViewSpec
from samples.clipmaker import Scene, View, load, render, write

_VIEW = ViewSpec(224)
_ROUNDS = 3
_NAMES = ("astronaut", "chelsea", "coffee", "rocket", "landscape")


def make_clip(path: Path, seconds: float, gop_seconds: int) -> None:
    """Write slow pans over photographs, 6 s each, 1920 x 1080."""
    shots = [_NAMES[at % len(_NAMES)] for at in range(max(1, round(seconds / 6)))]
    scenes = [Scene(load(n), 6.0, camera=((0, View(0.8)), (6, View(0.5)))) for n in shots]
    options = {"x264-params": "scenecut=0"}
    frames = render(scenes, 1920, 1080, rate=30)
    write(path, frames, gop=30 * gop_seconds, bframes=3, options=options, threads=2)


def parts(source: Source) -> dict[str, FrameRequest]:
    """Name requests that are worth a figure."""
    line = source.timeline
    if line is None or line.key.sum() < 4:
        raise SystemExit(f"{source.info.name}: too few key frames that packets tell")
    keys = np.flatnonzero(line.key)
    start, end = keys[len(keys) // 2], keys[len(keys) // 2 + 1]
    times = line.times_seconds
    rows = {
        "key frames": keys,
        "key frames 8 s apart": keys[np.unique(times[keys] // 8, return_index=True)[1]],
        "one group of pictures": np.arange(start, end),
        "one frame inside it": np.array([(start + end) // 2]),
        "a frame a second, for 20 s": np.searchsorted(times, times[start] + np.arange(20)),
    }
    some = {
        name: FrameRequest(tuple(asked[asked < len(line)].tolist())) for name, asked in rows.items()
    }
    return {"all": FrameRequest(), **some}


def cost(source: Source, request: FrameRequest) -> tuple[int, float, float]:
    """Frames, wall seconds and CPU seconds of the decoder, medians of several rounds."""
    [child] = psutil.Process().children()
    walls, cpus, count = [], [], 0
    for _ in range(_ROUNDS):
        begin, before = time.perf_counter(), sum(child.cpu_times()[:2])
        count = sum(1 for _ in source.frames(request))
        walls.append(time.perf_counter() - begin)
        cpus.append(sum(child.cpu_times()[:2]) - before)
    return count, statistics.median(walls), statistics.median(cpus)


def report(clip: Path) -> None:
    """Print a table for one clip."""
    begin = time.perf_counter()
    with av.open(str(clip)) as container:
        packets = sum(1 for _ in container.demux(video=0))
    print(f"{clip.name}: {packets} packets read in {time.perf_counter() - begin:.3f} s")
    with open_source(clip, _VIEW) as source:
        rows = {name: cost(source, request) for name, request in parts(source).items()}
        [child] = psutil.Process().children()
        print(f"  decoder process {child.memory_info().rss / 1e6:.0f} MB at the end")
    whole = rows["all"][1]
    for name, (count, wall, cpu) in rows.items():
        print(
            f"  {name:28s} {count:5d} frames {wall:7.2f} s, CPU {cpu:6.2f} s; "
            f"a frame {wall / max(1, count) * 1e3:6.1f} ms; {whole / wall:7.1f} times as fast"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="*", type=Path)
    parser.add_argument("--seconds", type=float, default=120)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        clips = options.clips
        for gop_seconds in () if clips else (2, 8):
            clips.append(Path(folder, f"key_frame_every_{gop_seconds}_s.mp4"))
            make_clip(clips[-1], options.seconds, gop_seconds)
        for clip in clips:
            report(clip)


if __name__ == "__main__":
    main()
