"""A sample whose every frame is known to be clean or not: faults come in bursts of a few frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from samples.clipmaker import Scene, View, load, render, write

SIZE = (640, 360)
RATE = 30
SECONDS = 2.6
DEEPEST_FADE = 0.8

Bursts = Sequence[tuple[float, float, float]]
"""Start and end in seconds, and how strong."""


@dataclass(frozen=True, slots=True, eq=False)
class Burst:
    """One shot: what is wrong with it when, and the scene that shows it."""

    fault: str
    scene: Scene
    is_clean: Callable[[float], bool]
    """Whether the frame at a time, in seconds from the start of the shot, has no fault."""


def shots() -> list[Burst]:
    """Four shots; in each the camera holds its view and something goes wrong again and again."""
    return [_smeared(), _lit(), _faded(), _rolled()]


def _smeared() -> Burst:
    smears = ((0.0, 0.3, 14.0), (0.55, 0.85, 6.0), (1.2, 1.45, 22.0), (1.75, 2.6, 9.0))
    scene = Scene(
        load("astronaut"),
        SECONDS,
        camera=((0, View(0.49, 0.30, 0.96)), (SECONDS, View(0.51, 0.31, 0.98))),
        blur=lambda t: _strength(smears, t),
        blur_angle=25.0,
        shake=lambda t: 3.0 if _strength(smears, t) else 0.6,
        noise=1.5,
    )
    return Burst("blur and shake", scene, lambda t: _strength(smears, t) == 0)


def _lit() -> Burst:
    flashes = ((0.5, 0.57, 1.8), (0.9, 0.97, 2.2), (1.5, 1.6, 1.6), (2.53, 2.6, 2.0))
    scene = Scene(
        load("coffee"),
        SECONDS,
        camera=((0, View(0.50, 0.44, 0.97)), (SECONDS, View(0.49, 0.44, 0.95))),
        exposure=lambda t: _strength(flashes, t),
        shake=0.6,
        noise=1.5,
    )
    return Burst("flashes", scene, lambda t: _strength(flashes, t) == 0)


def _faded() -> Burst:
    def fade(seconds: float) -> float:
        into, out = 1 - seconds / 0.8, (seconds - SECONDS + 0.7) / 0.7
        # never all black or white: those frames would be left out for being that
        return DEEPEST_FADE * (max(0.0, out) - max(0.0, into))

    scene = Scene(
        load("balloons"),
        SECONDS,
        camera=((0, View(0.50, 0.50, 0.96)), (SECONDS, View(0.50, 0.49, 0.92))),
        fade=fade,
        noise=1.5,
    )
    return Burst("fades", scene, lambda t: abs(fade(t)) < 0.04)


def _rolled() -> Burst:
    angles = ((0.0, 14.0), (0.6, 13.0), (0.9, 0.0), (1.6, 0.0), (1.9, -15.0), (2.6, -13.0))
    times, degrees = zip(*angles, strict=True)
    hunts = ((1.25, 1.4, 3.0), (1.6, 2.6, 2.0))
    scene = Scene(
        load("chelsea"),
        SECONDS,
        camera=[(time, View(0.53, 0.48, 0.90, angle)) for time, angle in angles],
        defocus=lambda t: _strength(hunts, t),
        noise=1.5,
    )

    def is_clean(seconds: float) -> bool:
        level = abs(float(np.interp(seconds, times, degrees))) < 3
        return level and _strength(hunts, seconds) == 0

    return Burst("tilt and focus", scene, is_clean)


def _strength(bursts: Bursts, seconds: float) -> float:
    return next((much for start, end, much in bursts if start <= seconds + 1e-6 < end), 0.0)


def make_bursts(folder: Path) -> dict[str, Any]:
    """Write bursts.mp4 and give the truth about it: the runs of clean frames of each shot."""
    told = shots()
    frames = render([shot.scene for shot in told], *SIZE, rate=RATE, seed=5)
    write(folder / "bursts.mp4", frames, rate=RATE, gop=60, quality=23, options={"preset": "slow"})
    count = round(SECONDS * RATE)
    return {
        "file": "bursts.mp4",
        "frames": count * len(told),
        "seconds": round(SECONDS * len(told), 3),
        "faults": [],
        "moments": [],
        "clean": [
            {"fault": shot.fault, "frames": _runs(shot, number * count, count)}
            for number, shot in enumerate(told)
        ],
    }


def _runs(shot: Burst, first: int, count: int) -> list[list[int]]:
    """First and last frame of each run of clean ones, both included."""
    clean = [shot.is_clean(n / RATE) for n in range(count)]
    edges = np.flatnonzero(np.diff(np.array([False, *clean, False]).astype(int)))
    return [[first + int(a), first + int(b) - 1] for a, b in edges.reshape(-1, 2)]
