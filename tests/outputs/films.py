"""Films at the rates that editing programs know, with picks, for tests of what is written for them.

Nothing is decoded: frames have times, and picks are rows as picks.json has them.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import opentimelineio as otio

from framepick.config import PickConfig, VideoConfig
from framepick.results import Filmstrip, RunFigures, VideoResult
from framepick.timecode import Timecodes, timecodes
from framepick.types import (
    MEASURES_DTYPE,
    Floats,
    Samples,
    ScoreCurve,
    SoundInfo,
    VideoInfo,
)

FRAMES = (0, 1799, 1800, 3597, 3600, 17982, 19999)
NTSC = Fraction(1000, 1001)


@dataclass(frozen=True)
class Case:
    rate: str
    start: str | None
    is_variable: bool = False
    source: str = "/films/Summer & Friends <1> 100%.mov"
    sounds: tuple[SoundInfo, ...] = ()

    @cached_property
    def times(self) -> Floats:
        """Seconds from the first frame; the variable rate is now a bit slower, now faster."""
        rate, numbers = Fraction(self.rate), np.arange(20000)
        even = numbers * rate.denominator / rate.numerator
        return even + (50 - abs(numbers % 100 - 50)) * 0.001 if self.is_variable else even

    @property
    def info(self) -> VideoInfo:
        rate, length = Fraction(self.rate), float(20000 / Fraction(self.rate))
        return VideoInfo(
            self.source,
            1920,
            1080,
            "h264",
            "mov",
            rate,
            length,
            20000,
            100,
            self.start,
            sounds=self.sounds,
        )

    @cached_property
    def clock(self) -> Timecodes:
        return timecodes(self.info, self.times)


CASES = {
    "23.976": Case("24000/1001", None),
    "25": Case("25", "10:00:00:00"),
    "29.97-drop": Case("30000/1001", None),
    "29.97-non-drop": Case("30000/1001", "01:00:00:00"),
    "59.94-drop": Case("60000/1001", "00:59:59;30"),
    "variable": Case("30", None, is_variable=True),
}


def result_of(case: Case) -> VideoResult:
    times, count = case.times, len(case.times)
    flat, frame_index = np.zeros(count), np.arange(count)
    measures = np.zeros(count, MEASURES_DTYPE)
    samples = Samples(Fraction(1, 90000), frame_index, frame_index, times, flat, flat, measures)
    curve = ScoreCurve(times, flat, flat, flat, np.zeros(count, np.int32))
    return VideoResult(
        source=Path(case.source),
        info=case.info,
        encoder_id="encoder",
        reference="reference",
        samples=samples,
        curve=curve,
        picks=(),
        config=VideoConfig(PickConfig(len(FRAMES))),
        shortfall=None,
        error_count=0,
        filmstrip=Filmstrip(np.zeros(0), ()),
        run=RunFigures(1.0, 1.0, "model", "cpu"),
    )


def rows_of(case: Case, **changes: Any) -> list[dict[str, Any]]:
    clock, times = case.clock, result_of(case).samples.times_seconds
    return [
        {
            "source": case.source,
            "rank": rank,
            "time_seconds": float(times[frame]),
            "timecode": clock.text_at(float(times[frame])),
            "frame_index": frame,
            "score": 2.0 - rank / 8,
            "percentile_in_video": 99.5 - rank,
            "rating": max(1, 6 - rank),
            "reasons": [{"text": "best of its shot"}, {"text": "sharpest of its neighbours"}],
            "still": f"still_{rank:02d}.jpg",
            **changes,
        }
        # the best is not the first in time
        for rank, frame in enumerate(sorted(FRAMES, key=lambda frame: frame % 7), start=1)
    ]


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 - a file of our own


def the(root: ElementTree.Element, tag: str) -> ElementTree.Element:
    (found,) = root.iter(tag)
    return found


def seconds(text: str | None) -> Fraction:
    """An exact time of FCPXML."""
    assert text is not None
    assert re.fullmatch(r"\d+(/\d+)?s", text)
    return Fraction(text[:-1])


def read_with(adapter: str, text: str) -> Any:
    """A timeline as an adapter of OpenTimelineIO reads it."""
    with warnings.catch_warnings():  # of the adapter's own making
        warnings.simplefilter("ignore")
        return otio.adapters.read_from_string(text, adapter)
