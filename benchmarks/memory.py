"""Does memory stay flat? Picks from a long video and follows all processes together.

    python -m benchmarks.memory [CLIP] [--minutes 60]

CLIP is looped by copying its packets until it is long enough; without one, a clip of 768 x 432 at
10 frames a second is made. Memory is what the processes hold themselves (anonymous pages) where the
system tells it, else their resident size: pages of library files come and go with other programs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av
import psutil

from samples.clipmaker import Scene, View, load, render, write

_MEGABYTE = 1e6
_PAUSE_SECONDS = 0.5


def make_clip(path: Path) -> None:
    """Write 30 s of slow pans over photographs, 768 x 432, 10 frames a second."""
    scenes = [
        Scene(load(name), 6.0, camera=((0, View(0.8)), (6, View(0.5))))
        for name in ("astronaut", "chelsea", "coffee", "rocket", "landscape")
    ]
    write(path, render(scenes, 768, 432, rate=10), rate=10, gop=20, bframes=2)


def loop(clip: Path, target: Path, minutes: float) -> None:
    """Copy the packets of `clip` again and again, each time later, until it lasts `minutes`."""
    with av.open(str(clip)) as source, av.open(str(target), "w") as output:
        template = source.streams.video[0]
        assert template.time_base is not None
        stream = output.add_stream_from_template(template)
        shift = length = 0
        while shift * template.time_base < minutes * 60:
            for packet in source.demux(template):
                if packet.dts is None or packet.pts is None:
                    continue
                length = max(length, packet.pts + (packet.duration or 0))
                packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                packet.stream = stream
                output.mux(packet)
            shift += length
            source.seek(0)


def memory(root: psutil.Process) -> float:
    """Megabytes of a process and all below it."""
    total = 0
    for process in (root, *root.children(recursive=True)):
        try:
            total += _anonymous(process.pid) or process.memory_info().rss
        except (psutil.Error, OSError):
            continue  # it has just ended
    return total / _MEGABYTE


def _anonymous(pid: int) -> int:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0
    rows = [line.split() for line in status.read_text().splitlines()]
    return sum(int(row[1]) * 1024 for row in rows if row[0] == "RssAnon:")  # none once it has ended


def follow(command: list[str]) -> list[tuple[float, float]]:
    """Run a command and note (seconds, megabytes) until it ends."""
    begin, rows = time.monotonic(), []
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        root = psutil.Process(process.pid)
        while process.poll() is None:
            rows.append((time.monotonic() - begin, memory(root)))
            time.sleep(_PAUSE_SECONDS)
        if process.returncode:
            sys.exit(f"framepick failed with exit code {process.returncode}")
    return rows


def main() -> None:
    """Print memory over time and its growth after the first minute."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", nargs="?", type=Path)
    parser.add_argument("--minutes", type=float, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clip = options.clip
        if clip is None:
            clip = Path(folder, "clip.mp4")
            make_clip(clip)
        film = Path(folder, "film.mp4")
        loop(clip, film, options.minutes)
        out = str(Path(folder, "out"))
        rows = follow([sys.executable, "-m", "framepick.cli", "pick", str(film), "--out", out])
    for at in range(0, len(rows), max(1, len(rows) // 12)):
        print(f"{rows[at][0]:7.0f} s  {rows[at][1]:8.1f} MB")
    first = max(megabytes for seconds, megabytes in rows if seconds <= 60)
    peak = max(megabytes for _, megabytes in rows)
    print(f"{rows[-1][0]:.0f} s for {options.minutes:g} minutes of film")
    print(f"peak of the first minute {first:.1f} MB, of all {peak:.1f} MB")
    print(f"grown by {peak - first:.1f} MB")


if __name__ == "__main__":
    main()
