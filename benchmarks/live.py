"""Live sessions: delay from arrival to score, a slow encoder, memory, and how good the stills are.

    python -m benchmarks.live delay [--seconds 30]
    python -m benchmarks.live slow [--seconds 600]
    python -m benchmarks.live gain CLIPS [--count 10]

`delay` watches made pictures of 1280x720 at 30 frames a second, at the rate that the machine gives.
`slow` does so with an encoder that scores two a second. `gain` plays rated clips as live, with
FRAMEPICK_DATA/footage if CLIPS is not given, and compares the ratings of the stills with those of
file mode's picks, on clips that weights were not fitted on.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event as Flag
from typing import Any

import numpy as np
import psutil

from framepick.aesthetic import AestheticModel, load_model
from framepick.config import PickConfig, VideoConfig
from framepick.evaluation.footage.clips import RatedClip, read_footage
from framepick.evaluation.footage.figures import COUNT, best_lift, choice_figures
from framepick.live.events import Event
from framepick.live.figures import Figures
from framepick.live.running import LiveConfig, Mode, run_live
from framepick.sources.live import LiveFrame, address_of
from framepick.types import Embeddings, FrameBatch
from framepick.videos import pick_video

_CAMERA = "lavfi:testsrc2=size=1280x720:rate=30,realtime"
_SAMPLE_SECONDS = 1.0
_MIB = 1 << 20


@dataclass(slots=True)
class _Slow:
    """An encoder that takes half a second for each batch."""

    inner: Any
    seconds: float = 0.5

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def encode(self, batch: FrameBatch) -> Embeddings:
        time.sleep(self.seconds)
        embeddings: Embeddings = self.inner.encode(batch)
        return embeddings


@dataclass(slots=True)
class _Measured:
    """What was measured of one session."""

    ages: list[float]
    """Seconds from arrival to score of each frame."""
    memory: list[float]
    """Bytes of all processes, about every second."""
    cpu_seconds: float = 0.0
    seconds: float = 0.0
    dropped: int = 0


def main() -> None:
    """Measure, and print figures."""
    parser = argparse.ArgumentParser(description="Live sessions.")
    parser.add_argument("what", choices=("delay", "slow", "gain"))
    parser.add_argument("clips", type=Path, nargs="?")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--count", type=int, default=10)
    options = parser.parse_args()
    match options.what:
        case "delay":
            _show_delay(_session(load_model(), options.seconds or 30.0))
        case "slow":
            model = load_model()
            slow = replace(model, encoder=_Slow(model.encoder))
            _show_slow(_session(slow, options.seconds or 600.0))
        case "gain":
            folder = options.clips or Path(os.environ["FRAMEPICK_DATA"], "footage")
            _show_gain(folder, options.count)


def _session(model: AestheticModel, seconds: float) -> _Measured:
    measured = _Measured([], [])
    config = LiveConfig("every", every_seconds=10.0, most_seconds=seconds)
    with tempfile.TemporaryDirectory() as folder, _watched(measured), _sampled(measured):
        start = time.monotonic()
        run_live(address_of(_CAMERA), Path(folder), model, config, _ignore, Flag())
        measured.seconds = time.monotonic() - start
    return measured


@contextmanager
def _watched(measured: _Measured) -> Iterator[None]:
    """Note the age of every frame that is scored."""
    original = Figures.add

    def add(self: Any, frame: LiveFrame, now: float) -> None:
        original(self, frame, now)
        measured.ages.append(self.age_seconds)
        measured.dropped = self.dropped

    Figures.add = add  # type: ignore[method-assign]
    try:
        yield
    finally:
        Figures.add = original  # type: ignore[method-assign]


@contextmanager
def _sampled(measured: _Measured) -> Iterator[None]:
    """Follow memory and processor time of this process and its children."""
    done = threading.Event()
    me, spent = psutil.Process(), {}

    def sample() -> None:
        while not done.wait(_SAMPLE_SECONDS):
            total = 0
            for one in (me, *me.children(recursive=True)):
                with suppress(psutil.Error):  # it may be gone by now
                    total += one.memory_full_info().uss
                    times = one.cpu_times()
                    spent[one.pid] = times.user + times.system
            measured.memory.append(total)

    before = sum(me.cpu_times()[:2])
    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        measured.cpu_seconds = sum(spent.values()) - before


def _show_delay(measured: _Measured) -> None:
    ages = 1000 * np.array(measured.ages[5:])
    print(f"frames scored a second        {len(ages) / measured.seconds:8.1f}")
    print(f"arrival to score, median      {np.median(ages):8.1f} ms")
    print(f"arrival to score, 95 %        {np.percentile(ages, 95):8.1f} ms")
    share = measured.cpu_seconds / measured.seconds / (os.cpu_count() or 1)
    print(f"share of {os.cpu_count()} cores              {100 * share:8.1f} %")


def _show_slow(measured: _Measured) -> None:
    ages, memory = np.array(measured.ages), np.array(measured.memory) / _MIB
    # a moment that is saved has a process of its own for a second
    tenth = max(len(memory) // 10, 1)
    start, end = (np.percentile(part, 25) for part in (memory[:tenth], memory[-tenth:]))
    print(f"frames scored a second        {len(ages) / measured.seconds:8.2f}")
    print(f"oldest frame scored           {ages.max():8.2f} s")
    print(f"dropped a second, as reported {measured.dropped / measured.seconds:8.2f}")
    print(f"memory in the first tenth     {start:8.1f} MiB")
    print(f"memory in the last tenth      {end:8.1f} MiB")
    print(f"most memory                   {memory.max():8.1f} MiB")


def _show_gain(folder: Path, count: int) -> None:
    model = load_model()
    clips = [one for one in read_footage(folder) if one.video and not one.is_for_training]
    clips.sort(key=lambda one: one.frame_count)
    clips = clips[:: max(1, len(clips) // count)]  # short ones and long ones
    print("clip                      file   peaks  best 4  (gain over the mean frame, in ratings)")
    rows = []
    for clip in clips[:count]:
        lifts = _file_lift(clip, model), _lift(clip, model, "peak"), _lift(clip, model, "best")
        rows.append([*(one for one, _ in lifts), best_lift(clip)])
        delays = np.concatenate([delays for _, delays in lifts])
        print(
            f"{clip.name[:24]:24} {lifts[0][0]:6.2f}  {lifts[1][0]:6.2f}  {lifts[2][0]:6.2f}"
            f"   decided after {np.max(delays, initial=0.0):.1f} s at most",
            flush=True,
        )
    file, peaks, best, most = np.array(rows).sum(axis=0)
    print(f"gain of file mode             {file / most:8.3f}")
    print(f"gain of live, peaks           {peaks / most:8.3f}   {peaks / file:.2f} of file mode's")
    print(
        f"gain of live, best {COUNT}          {best / most:8.3f}   {best / file:.2f} of file mode's"
    )


_Lift = tuple[float, np.ndarray[Any, Any]]
"""Mean rating over that of all frames, and the delays of the decisions in seconds."""


def _file_lift(clip: RatedClip, model: AestheticModel) -> _Lift:
    with tempfile.TemporaryDirectory() as folder:
        config = VideoConfig(PickConfig(COUNT), plan="exact")
        result, _ = pick_video(Path(str(clip.video)), Path(folder, "picks"), model, config)
    frames = [pick.moment.frame_index for pick in result.picks]
    return choice_figures(clip, frames).lift, np.empty(0)


def _lift(clip: RatedClip, model: AestheticModel, mode: Mode) -> _Lift:
    events: list[Event] = []
    config = LiveConfig(mode, count=COUNT)
    with tempfile.TemporaryDirectory() as out:
        address = address_of(str(clip.video), as_live=True)
        folder = run_live(address, Path(out), model, config, events.append, Flag())
        picks = json.loads((folder / "picks.json").read_text())["picks"] if events else []
    delays = [float(str(one.values["delay_seconds"])) for one in events if one.kind == "kept"]
    frames = [pick["frame_index"] for pick in picks]
    return choice_figures(clip, frames).lift, np.array(delays)


def _ignore(event: Event) -> None:
    """Nobody looks."""


if __name__ == "__main__":
    main()
