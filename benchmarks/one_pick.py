"""Picks the best frames of one video, as `framepick pick` does, and reports where the time went.

    python -m benchmarks.one_pick CLIP PLAN

Others run this as a process of its own, to follow all that a user waits for. The cache is empty.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from benchmarks.figures import Cost, run

_PICKS = 5


def one_pick(clip: Path, plan: str) -> tuple[Cost, dict[str, float]]:
    """What the whole process took, and the figures that it printed."""
    with tempfile.TemporaryDirectory(prefix="framepick-") as folder:
        command = [sys.executable, "-m", "benchmarks.one_pick", str(clip), plan, "--out", folder]
        cost, output = run(command, FRAMEPICK_CACHE=str(Path(folder, "cache")))
    return cost, json.loads(output)


def main() -> None:
    """Pick, and print figures as JSON."""
    from framepick.aesthetic import load_model
    from framepick.config import PickConfig, VideoConfig
    from framepick.results import Pick
    from framepick.videos import pick_video

    parser = argparse.ArgumentParser(description="One pick.")
    parser.add_argument("clip", type=Path)
    parser.add_argument("plan", choices=("exact", "fast"))
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    started = psutil.Process(os.getpid()).create_time()
    reported: list[float] = []

    def found(picks: Sequence[Pick]) -> None:
        if picks:
            reported.append(time.time() - started)

    config = VideoConfig(PickConfig(_PICKS), plan=options.plan)
    result, _ = pick_video(options.clip, options.out / "picks", load_model(), config, found=found)
    figures = {
        "frames": result.info.packet_count,
        "seen": len(result.samples),
        "search_seconds": result.run.search_seconds,
        "refine_seconds": result.run.refine_seconds,
        "first_seconds": reported[0] if reported else 0.0,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
