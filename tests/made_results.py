"""Results as a search would leave them, made on the spot for tests of what is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from framepick.config import PickConfig, VideoConfig
from framepick.filmstrip import FilmstripRecorder
from framepick.outputs.previews import Previews
from framepick.reasons import Reason, ReasonCode
from framepick.results import Filmstrip, Pick, RunFigures, RunnerUp, VideoResult
from framepick.timecode import timecodes
from framepick.types import (
    MEASURES_DTYPE,
    Floats,
    FrameMeasures,
    Pixels,
    Samples,
    ScoreCurve,
    Still,
    VideoInfo,
)

_FINE = FrameMeasures(0.5, 0.2, 0.1, 0.0, 0.0, 0.01, False, False)
_BLACK = FrameMeasures(0.02, 0.01, 0.01, 1.0, 0.0, 0.01, False, False)


def made_result(
    frame_count: int = 300,
    pick_count: int = 3,
    name: str | Path = "clip.mp4",
    rate: Fraction = Fraction(30),
    size: tuple[int, int] = (640, 360),
    black: slice = slice(0, 0),
    shot_frames: int = 100,
    strip: Filmstrip | None = None,
    **changes: Any,
) -> VideoResult:
    """A smooth curve over even times, picks spread over it, each with a runner-up if it can."""
    times = np.arange(frame_count) / float(rate)
    smoothed = 3 + np.sin(np.arange(frame_count) / 25) + 0.4 * np.sin(np.arange(frame_count) / 7)
    raw = smoothed + 0.3 * np.random.default_rng(1).standard_normal(frame_count)
    measures = np.array([astuple(_FINE)] * frame_count, dtype=MEASURES_DTYPE)
    measures[black] = np.array(astuple(_BLACK), dtype=MEASURES_DTYPE)
    smoothed[black] = np.nan
    numbers = np.arange(frame_count)
    samples = Samples(
        Fraction(1, 90000),
        numbers,
        np.rint(times * 90000).astype(np.int64),
        times,
        raw,
        np.zeros(frame_count),
        measures,
    )
    shot = (numbers // shot_frames).astype(np.int32)
    curve = ScoreCurve(times, raw, smoothed, np.full(frame_count, 0.04), shot)
    info = VideoInfo(
        name=str(name),
        width=size[0],
        height=size[1],
        codec="h264",
        container="mp4",
        frame_rate=rate,
        duration_seconds=frame_count / float(rate),
        packet_count=frame_count,
        key_frame_count=1,
        start_timecode=None,
    )
    values: dict[str, Any] = {
        "source": Path(name),
        "info": info,
        "encoder_id": "test",
        "reference": "pictures of the test",
        "samples": samples,
        "curve": curve,
        "picks": _picks(samples, smoothed, pick_count),
        "config": VideoConfig(PickConfig(max(1, pick_count))),
        "shortfall": None,
        "error_count": 0,
        "filmstrip": strip if strip is not None else made_strip(info, times),
        "run": RunFigures(2.0, 0.5, "test-encoder", "cpu"),
    }
    return VideoResult(**(values | changes))


def made_strip(info: VideoInfo, times: Floats, most: int = 60) -> Filmstrip:
    """A filmstrip whose pictures darken along the film."""
    recorder = FilmstripRecorder(info)
    some = times[:: max(1, len(times) // most)]
    levels = np.linspace(250, 5, len(some)).astype(np.uint8)
    recorder.add(some, (np.full((64, 64, 3), level, np.uint8) for level in levels))
    return recorder.filmstrip()


def made_rows(result: VideoResult) -> list[dict[str, Any]]:
    """The picks as picks.json has them, as far as pages look."""
    code = timecodes(result.info, result.samples.times_seconds)
    return [
        {
            "rank": pick.rank,
            "timecode": code.text_at(pick.moment.time_seconds),
            "rating": 1 + pick.rank % 5,
            "still": f"{result.source.stem}_{pick.rank:02d}.jpg",
            "runner_up": pick.runner_up
            and {"timecode": code.text_at(pick.runner_up.moment.time_seconds)},
        }
        for pick in result.picks
    ]


def made_previews(result: VideoResult, side: int = 240) -> Previews:
    """Pictures of all picks and runners-up."""
    previews = Previews()
    scale = side / max(result.info.width, result.info.height)
    size = round(result.info.height * scale), round(result.info.width * scale)
    for pick in result.picks:
        previews.add(Still(picture(size, pick.rank), pick.moment))
        if pick.runner_up:
            previews.add(Still(picture(size, pick.rank + 50), pick.runner_up.moment))
    return previews


def picture(size: tuple[int, int], seed: int) -> Pixels:
    """(H, W, 3) uint8 picture with soft shapes and some grain, as photographs have it."""
    height, width = size
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width] / max(size)
    waves = random.uniform(2, 30, (3, 2))
    shapes = [128 + 90 * np.sin(x * a + y * b + seed) for a, b in waves]
    grain = random.normal(0, 4, (height, width, 1))
    pixels: Pixels = (np.stack(shapes, axis=-1) + grain).clip(0, 255).astype(np.uint8)
    return pixels


def _picks(samples: Samples, smoothed: Floats, count: int) -> Sequence[Pick]:
    fine = np.flatnonzero(np.isfinite(smoothed))
    rows = fine[np.linspace(0, len(fine) - 1, count + 2).astype(int)[1:-1]] if count else fine[:0]
    picks = []
    for rank, row in enumerate(rows.tolist(), 1):
        other = row + 4 if row + 4 < len(samples) else row
        second = None
        if other != row and np.isfinite(smoothed[other]):
            score = float(smoothed[other])
            second = RunnerUp(samples.moment(other), other, score, Reason(ReasonCode.LATER))
        picks.append(
            Pick(
                moment=samples.moment(row),
                row=row,
                rank=rank,
                score=float(smoothed[row]),
                percentile=80.0 - rank,
                percentile_in_video=99.0 - rank,
                reasons=(Reason(ReasonCode.PEAK_OF_SHOT, {"offset_seconds": 0.1}),),
                peak_seconds=float(samples.times_seconds[max(0, row - 3)]),
                runner_up=second,
            )
        )
    return picks


def texts(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Time codes of rows."""
    return [str(row["timecode"]) for row in rows]
