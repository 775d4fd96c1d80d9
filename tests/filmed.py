"""Detail measures of frames made on the spot, without a file between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import cv2
import numpy as np

from framepick.detail import cells, combing, structure
from framepick.refine.relative_vetoes import relative_vetoes, stack_details
from framepick.types import DetailMeasures, Moment
from samples.clipmaker import Pixels, Scene, View, load, render

RATE = 25
SIZE = (480, 320)
STEADY = View(0.5, 0.5, 0.8)


def filmed(picture: str | Pixels, seconds: float = 2.0, **changes: Any) -> list[Pixels]:
    """Give the frames of a hand-held shot of a picture, with changes to its `Scene`."""
    pixels = load(picture) if isinstance(picture, str) else picture
    scene = replace(Scene(pixels, seconds, STEADY, shake=1.5, noise=1.5), **changes)
    return list(render([scene], *SIZE, rate=RATE, seed=3))


def on_frames(rows: Iterable[int], value: float, rate: float = RATE) -> object:
    """Give a value of a `Scene` that is there on some frames and 0 on all others."""
    chosen = set(rows)
    return lambda seconds: value if round(seconds * rate) in chosen else 0.0


def detail(pixels: Pixels, row: int, time_seconds: float) -> DetailMeasures:
    luma = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    moment = Moment(row, round(time_seconds * 1000), Fraction(1, 1000), time_seconds)
    return DetailMeasures(moment, structure(luma), cells(luma), combing(luma))


def detail_measures(frames: Iterable[Pixels], rate: float = RATE) -> list[DetailMeasures]:
    return [detail(pixels, row, row / rate) for row, pixels in enumerate(frames)]


def gates_of(
    frames: Sequence[Pixels], shot: Sequence[int] | None = None, rate: float = RATE
) -> list[str]:
    """Name the relative veto of each frame, '' where there is none."""
    shots = np.zeros(len(frames), np.int32) if shot is None else np.array(shot, np.int32)
    return [
        str(name) for name in relative_vetoes(stack_details(detail_measures(frames, rate), shots))
    ]


def gated(names: Sequence[str]) -> dict[int, str]:
    return {row: name for row, name in enumerate(names) if name}
