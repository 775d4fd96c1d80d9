"""Where the time of a pick goes: work of this process and of its decoders, and waiting.

    python -m benchmarks.profile_of_pick [CLIP] [--plan auto] [--rounds 3]

The steps of `framepick pick` run in this process, one after the other, without a cache; printed
are medians. *Busy* is the share of all cores that both kinds of process had while a step ran: what
is missing is waiting, or other work on the machine.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from benchmarks.clips import FULL, film
from benchmarks.figures import keep, load
from framepick.aesthetic import AestheticModel, load_model
from framepick.config import VideoConfig
from framepick.encoding.machine import cores
from framepick.session import Session, open_session

STEPS = ("open", "score", "compare at full size", "write")


@dataclass(frozen=True, slots=True)
class Step:
    """What a step of a pick took, in seconds."""

    wall: float
    own: float
    """Processor time of this process: encoding, choosing, writing."""
    decoders: float

    @property
    def busy(self) -> float:
        """Share of all cores."""
        return (self.own + self.decoders) / (self.wall * cores())


def measured(step: Callable[[], object]) -> Step:
    """Run a step; decoders that it ends are not counted."""
    before, start = _processor_seconds(), time.perf_counter()
    step()
    wall, after = time.perf_counter() - start, _processor_seconds()
    return Step(wall, after[0] - before[0], after[1] - before[1])


def _processor_seconds() -> tuple[float, float]:
    def used(process: psutil.Process) -> float:
        times = process.cpu_times()
        return float(times.user + times.system)

    me = psutil.Process()
    return used(me), sum(map(used, me.children(recursive=True)))


def one_pick(clip: Path, config: VideoConfig) -> list[Step]:
    """Pick from a clip, step by step."""
    opened: list[Session] = []

    def begin() -> AestheticModel:
        model = load_model()
        opened.append(open_session(clip, model))
        return model

    with tempfile.TemporaryDirectory(prefix="framepick-") as folder:
        steps = [measured(begin)]
        with opened[0] as session:
            steps.append(measured(lambda: session.explore(config)))
            steps.append(measured(lambda: session.select(config)))
            steps.append(measured(lambda: session.write(Path(folder) / "result", config)))
    return steps


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="Where the time of a pick goes.")
    parser.add_argument("clip", nargs="?", type=Path)
    parser.add_argument("--plan", choices=("auto", "exact", "fast"), default="auto")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    clip = options.clip or film(FULL, 1)
    print(f"{clip.name}, plan {options.plan}, {load()}")
    rounds = [one_pick(clip, VideoConfig(plan=options.plan)) for _ in range(options.rounds)]
    rows = []
    for name, runs in zip(STEPS, zip(*rounds, strict=True), strict=True):
        step = Step(*(median(getattr(run, part) for run in runs) for part in Step.__slots__))
        print(
            f"{name:22} {step.wall:6.1f} s, own {step.own:6.1f} s, "
            f"decoders {step.decoders:6.1f} s, busy {step.busy:5.0%}",
            flush=True,
        )
        parts = {"wall": step.wall, "own": step.own, "decoders": step.decoders}
        rows.append({"step": name, "plan": options.plan, **parts, "busy": step.busy})
    keep(f"profile_{options.plan}", rows)


if __name__ == "__main__":
    main()
