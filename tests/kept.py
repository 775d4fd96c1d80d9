"""A result with picks where a test wants them, and stills to write."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from framepick.config import PickConfig, VideoConfig
from framepick.outputs.stills.notes import StillNotes, notes_of
from framepick.reasons import Reason, ReasonCode
from framepick.results import Filmstrip, Pick, RunFigures, VideoResult
from framepick.timecode import Timecodes
from framepick.types import (
    MEASURES_DTYPE,
    DeepPixels,
    Moment,
    Pixels,
    Samples,
    ScoreCurve,
    VideoInfo,
)

TIME_BASE = Fraction(1, 90_000)
CLOCK = Timecodes(Fraction(30), is_drop=False, start_frame=30 * 3600, is_nominal=False)
DROP_CLOCK = Timecodes(Fraction(30000, 1001), is_drop=True, start_frame=107892, is_nominal=False)
INFO = VideoInfo(
    name="clip.mp4",
    width=96,
    height=64,
    codec="h264",
    container="mov,mp4",
    frame_rate=Fraction(30),
    duration_seconds=60.0,
    packet_count=1800,
    key_frame_count=60,
    start_timecode="01:00:00:00",
)


def pick_at(time_seconds: float, rank: int = 1, score: float = 1.2345678) -> Pick:
    pts = round(time_seconds / TIME_BASE)
    return Pick(
        moment=Moment(round(time_seconds * 30), pts, TIME_BASE, time_seconds),
        row=0,
        rank=rank,
        score=score,
        percentile=31.234,
        percentile_in_video=99.9,
        reasons=(Reason(ReasonCode.HIGHEST_OF_SHOT, {"offset_seconds": 0.0}),),
    )


def result_of(source: str, *picks: Pick, info: VideoInfo = INFO) -> VideoResult:
    column = np.zeros(1)
    return VideoResult(
        source=Path(source),
        info=info,
        encoder_id="tiny",
        reference="OASIS",
        samples=Samples(
            TIME_BASE,
            np.zeros(1, np.int64),
            np.zeros(1, np.int64),
            column,
            column,
            column,
            np.zeros(1, MEASURES_DTYPE),
        ),
        curve=ScoreCurve(column, column, column, column, np.zeros(1, np.int32)),
        picks=picks,
        config=VideoConfig(PickConfig(max(1, len(picks)))),
        shortfall=None,
        error_count=0,
        filmstrip=Filmstrip(np.zeros(0), ()),
        run=RunFigures(1.0, 0.0, "tiny", "cpu"),
    )


def notes_at(
    time_seconds: float = 12.345,
    source: str = "clip.mp4",
    recorded_at: str | None = None,
    location: str | None = None,
    clock: Timecodes = CLOCK,
) -> StillNotes:
    """Give the notes of a pick of rank 1."""
    pick = pick_at(time_seconds)
    info = replace(INFO, recorded_at=recorded_at, location=location)
    return notes_of(result_of(source, pick, info=info), pick, clock)


def picture() -> Pixels:
    """(64, 96, 3) uint8: soft colours, as video has them, that differ in every channel."""
    y, x = np.mgrid[0:64, 0:96]
    waves = [np.sin(x / 9 + k) * 60 + np.cos(y / (7 + k)) * 50 + 128 for k in range(3)]
    return np.stack(waves, axis=2).clip(0, 255).astype(np.uint8)


def deep_picture() -> DeepPixels:
    """(64, 96, 3) uint16 whose low bits matter."""
    low = np.random.default_rng(0).integers(0, 257, (64, 96, 3))
    return (picture().astype(np.uint16) * 256 + low).clip(0, 65535).astype(np.uint16)
