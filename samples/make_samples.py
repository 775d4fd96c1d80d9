"""Makes the videos of this folder and truth.json: `python -m samples.make_samples [FOLDER]`.

A shot is told as phases: the camera holds a state for a while and glides to the next one. Phases
that are worth a picture are the moments of the truth; all others are visibly worse.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from samples.bursts import make_bursts
from samples.clipmaker import Pixels, Scene, View, damage, flat, load, render, write

SIZE = (640, 360)
GLIDE_SECONDS = 0.4
"""From one phase of a shot to the next."""
NEAR_SECONDS = 0.1
"""So long before and after a good phase the aesthetic model sees no difference yet."""
UNEVEN_UNITS = 90000
"""Units of a variable-rate time stamp in a second."""


@dataclass(frozen=True, slots=True)
class State:
    """How the camera is held and set; units as in `Scene`."""

    view: View
    shake: float = 0.0
    blur: float = 0.0
    blur_angle: float = 0.0
    defocus: float = 0.0
    exposure: float = 0.0
    haze: float = 0.0
    fade: float = 0.0


@dataclass(frozen=True, slots=True)
class Phase:
    """A state held for some seconds, or drifting to another."""

    seconds: float
    state: State
    until: State | None = None
    moment: str = ""
    """Why a picture should be taken here; empty where it should not."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A scene with the truth about it: spans in seconds from its start."""

    scene: Scene
    moments: tuple[tuple[float, float, str], ...] = ()
    fault: str = ""
    """Kind of fault that all of it shows, if any."""


def shot(picture: Pixels, phases: Sequence[Phase], noise: float = 1.5) -> Piece:
    """Join phases to one shot of `picture`."""
    keys: list[tuple[float, State]] = []
    moments = []
    start = 0.0
    for phase in phases:
        end = start + phase.seconds
        keys += [(start, phase.state), (end, phase.until or phase.state)]
        if phase.moment:
            moments.append((start - NEAR_SECONDS, end + NEAR_SECONDS, phase.moment))
        start = end + GLIDE_SECONDS
    tracks: dict[str, Any] = {
        field.name: [(time, getattr(state, field.name)) for time, state in keys]
        for field in fields(State)
    }
    scene = Scene(picture, end, camera=tracks.pop("view"), noise=noise, **tracks)
    return Piece(scene, tuple(moments))


def blank(kind: str, seconds: float) -> Piece:
    """Give a stretch that shows nothing: black, white or one flat grey."""
    level = {"black": 4, "white": 252, "flat": 118}[kind]
    return Piece(Scene(flat((level, level, level)), seconds, noise=1.0), fault=kind)


def handheld() -> list[Piece]:
    """A cat, filmed with a telephone by someone in a hurry."""
    cat = load("chelsea")
    return [
        shot(
            cat,
            [
                Phase(0.8, State(View(0.86, 0.40, 0.45, 8), 9, 12, 15, 2)),
                Phase(1.6, State(View(0.20, 0.26, 0.46, -18), 9, 11, 60, 3.5)),
                Phase(1.2, State(View(0.53, 0.50, 0.94), 0.8), moment="whole face, level, sharp"),
                Phase(1.5, State(View(0.60, 0.62, 0.74, 11), 16, 12, 75, 3, 0.9)),
                Phase(1.6, State(View(0.62, 0.82, 0.36), 4, 0, 0, 6)),
                Phase(0.3, State(View(0.62, 0.82, 0.36), 4, 0, 0, 6, -2.4)),
            ],
        ),
        blank("black", 0.7),
        shot(
            cat,
            [
                Phase(1.4, State(View(0.45, 0.45, 0.70, -9), 7, 6, 30, 2, -2.4)),
                Phase(1.1, State(View(0.53, 0.42, 0.80), 0.8), moment="both eyes, near and sharp"),
                Phase(1.6, State(View(0.66, 0.36, 0.66, 19), 5, 6, 0, 2, 2.2)),
                Phase(1.4, State(View(0.30, 0.62, 0.60, 4), 6, 5, 120, 2.5, 0.4, 0.55)),
                Phase(1.2, State(View(0.51, 0.53, 0.90), 0.8), moment="face with whiskers, calm"),
                Phase(1.4, State(View(0.14, 0.82, 0.30, -22), 12, 12, 20)),
            ],
        ),
    ]


def edited() -> list[Piece]:
    """Photographs cut together with fades, flashes and cards."""
    rocket, astronaut = load("rocket"), load("astronaut")
    crew = View(0.50, 0.30, 0.98)
    whip = State(View(0.80, 0.40, 0.40), 2, blur=12, blur_angle=90, defocus=2)
    cup = View(0.50, 0.445, 0.98)
    return [
        blank("black", 0.8),
        shot(
            rocket,
            [
                Phase(0.2, State(View(0.40, 0.40, 0.70, -10), fade=-0.7)),
                Phase(1.7, State(View(0.36, 0.38, 0.60, -12), 2, exposure=-1.8, defocus=2)),
                Phase(1.2, State(View(0.50, 0.54, 0.96)), moment="rocket upright between towers"),
                Phase(1.6, State(View(0.55, 0.75, 0.40, 5), 2, 0, 0, 4, 1.8)),
            ],
        ),
        blank("white", 0.2),
        shot(
            astronaut,
            [
                Phase(0.1, State(View(0.45, 0.78, 0.70), fade=0.7)),
                Phase(1.8, State(View(0.45, 0.80, 0.60, 9), 2, haze=0.5, defocus=2)),
                Phase(1.2, State(crew), moment="smiling portrait with flag and shuttle"),
                Phase(0.9, whip, replace(whip, view=View(0.80, 0.70, 0.40))),
            ],
        ),
        blank("flat", 0.5),
        shot(
            load("landscape"),
            [Phase(1.8, State(View(0.3, 0.7, 0.4, 14), 3, 9, 0, 4, -1.3, 0.3))],
        ),
        shot(
            astronaut,
            [Phase(1.4, State(View(0.55, 0.84, 0.36, -15), 10, 10, 90, 3, 1.8))],
        ),
        shot(
            load("coffee"),
            [
                Phase(0.1, State(View(0.22, 0.22, 0.50, 15), fade=0.7, defocus=3)),
                Phase(1.8, State(View(0.20, 0.24, 0.46, 18), 4, 6, 45, 3.5, 0.6)),
                Phase(1.2, State(cup), moment="cup and saucer whole, crisp"),
                Phase(1.5, State(View(0.70, 0.75, 0.50, -12), 3, 0, 0, 3, -2.3)),
                Phase(0.2, State(View(0.72, 0.78, 0.50, -12), 3, 0, 0, 3, -2.3, 0, -0.5)),
            ],
        ),
        blank("black", 0.8),
    ]


def hunting() -> list[Piece]:
    """A cup on a table, while the camera seeks its focus and its exposure."""
    coffee = load("coffee")
    left, right, near = View(0.49, 0.445, 0.98), View(0.52, 0.44, 0.95), View(0.50, 0.39, 0.84)
    dark = State(near, defocus=1, exposure=-2.4)
    bright = State(right, exposure=2.5, haze=0.3)
    return [
        shot(
            coffee,
            [
                Phase(2.0, State(left, defocus=6, exposure=-0.8), State(left, defocus=4)),
                Phase(1.3, State(left, exposure=0.1), moment="focus found, cup whole"),
                Phase(1.6, State(near, defocus=4, exposure=2.2), State(near, defocus=6)),
                Phase(1.5, State(near, defocus=6, exposure=-1.5), dark),
                Phase(1.3, State(right), moment="focus and exposure both right"),
                Phase(1.2, State(right, defocus=2, exposure=2.2), bright),
                Phase(0.1, State(right, exposure=2.5, fade=0.7)),
            ],
        ),
        blank("white", 0.5),
        shot(
            coffee,
            [
                Phase(0.1, State(right, exposure=2.5, fade=0.6)),
                Phase(1.6, State(near, exposure=2.0, haze=0.4), State(near, defocus=5, haze=0.4)),
                Phase(1.3, State(near), moment="espresso near and sharp"),
                Phase(1.8, State(near, defocus=4, exposure=-1.4), State(left, defocus=6)),
                Phase(1.2, State(left, defocus=6), State(left, defocus=4, exposure=-2.0)),
            ],
        ),
    ]


def clock(pieces: Sequence[Piece], rate: Fraction | None) -> tuple[list[int], Fraction]:
    """Give the time stamps of a clip and their unit in seconds; None asks for a variable rate."""
    seconds = sum(piece.scene.seconds for piece in pieces)
    if rate is None:
        return uneven_stamps(seconds), 1 / Fraction(UNEVEN_UNITS)
    return list(range(round(seconds * rate))), 1 / rate


def uneven_stamps(seconds: float) -> list[int]:
    """Give time stamps like a telephone's: about 30 a second with jitter, some left out."""
    rng = np.random.default_rng(7)
    steps = rng.normal(UNEVEN_UNITS / 30, 40, 40 * int(seconds + 1)).astype(int)
    steps[rng.random(len(steps)) < 0.03] += UNEVEN_UNITS // 30
    stamps = np.concatenate([[0], np.cumsum(steps)])
    return [int(stamp) for stamp in stamps[stamps < seconds * UNEVEN_UNITS]]


def make(folder: Path, name: str, pieces: Sequence[Piece], rate: Fraction | None) -> dict[str, Any]:
    """Write one video, at a variable rate where `rate` is None, and give the truth about it."""
    stamps, base = clock(pieces, rate)
    times = [float(stamp * base) for stamp in stamps]
    write(
        folder / name,
        render([piece.scene for piece in pieces], *SIZE, times=times, seed=3),
        rate=rate or 30,
        pts=stamps,
        time_base=base,
        quality=25,
        gop=60,
        options={"preset": "slow"},
        container_options={"movflags": "+faststart"},
    )
    return {"file": name, **truth(pieces, times)}


def truth(pieces: Sequence[Piece], times: Sequence[float]) -> dict[str, Any]:
    """Tell what is in a clip, in seconds; the ends of faults lie between two frames."""
    faults, moments = [], []
    start = 0.0
    for piece in pieces:
        end = start + piece.scene.seconds
        if piece.fault:
            faults.append({"kind": piece.fault, **_span(_gap(times, start), _gap(times, end))})
        moments += [{**_span(start + a, start + b), "why": why} for a, b, why in piece.moments]
        start = end
    return {
        "frames": len(times),
        "seconds": round(start, 3),
        "faults": faults,
        "moments": moments,
    }


def _span(start: float, end: float) -> dict[str, float]:
    return {"start_seconds": round(start, 3), "end_seconds": round(end, 3)}


def _gap(times: Sequence[float], seconds: float) -> float:
    """Give the middle between the last frame before `seconds` and the first from there on."""
    after = int(np.searchsorted(times, seconds - 1e-6))
    if after in {0, len(times)}:
        return seconds
    return (times[after - 1] + times[after]) / 2


def make_damaged(folder: Path) -> dict[str, Any]:
    """Write a short video whose middle is spoilt, and give the truth about it."""
    camera = ((0, View(0.42, 0.26, 0.70)), (3, View(0.62, 0.36, 0.70)), (6, View(0.50, 0.30, 0.98)))
    scene = Scene(load("astronaut"), 6.0, camera)
    whole = folder / "damaged.whole.mp4"
    write(whole, render([scene], *SIZE, rate=25), rate=25, gop=25, options={"preset": "slow"})
    start, end = damage(whole, folder / "damaged.mp4", start_share=0.34, end_share=0.46, seed=1)
    whole.unlink()
    fault = {"kind": "damaged", **_span(start, end)}
    return {
        "file": "damaged.mp4",
        "frames": 150,
        "seconds": 6.0,
        "faults": [fault],
        "moments": [],
    }


VIDEOS: tuple[tuple[str, Callable[[], list[Piece]], Fraction | None], ...] = (
    ("handheld.mp4", handheld, None),
    ("edited.mp4", edited, Fraction(30000, 1001)),
    ("hunting.mp4", hunting, Fraction(25)),
)


def main(folder: Path) -> None:
    """Write all videos and truth.json into `folder`."""
    told = [make(folder, name, story(), rate) for name, story, rate in VIDEOS]
    told += [make_damaged(folder), make_bursts(folder)]
    (folder / "truth.json").write_text(json.dumps({"videos": told}, indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
