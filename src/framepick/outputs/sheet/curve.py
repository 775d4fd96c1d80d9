"""The curve of a film as it is drawn on paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from framepick.measures import vetoes
from framepick.outputs.sheet.grid import PICK, SOFT
from framepick.outputs.sheet.lettering import write
from framepick.outputs.text import clock, length_seconds
from framepick.results import Pick, VideoResult
from framepick.types import Floats

CURVE, BAND = "#1f5f99", "#cfdff0"
VETO, VETO_GROUND = "#aeb0b3", "#ededeb"
_FINE = 3
"""Scale at which the curve is drawn before it is averaged down, so that lines are smooth."""
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000)
_TEXT = 26
_PIN = 21
_PIN_ROWS = 3


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where on the picture times and scores lie, in pixels."""

    box: tuple[int, int, int, int]
    """Left, top, right, bottom of the plot."""
    seconds: tuple[float, float]
    scores: tuple[float, float]

    def lowered(self, pixels: int) -> _Frame:
        """The same frame with its upper edge further down."""
        left, top, right, bottom = self.box
        return _Frame((left, top + pixels, right, bottom), self.seconds, self.scores)

    def x(self, seconds: float | Floats) -> Floats:
        left, _, right, _ = self.box
        first, last = self.seconds
        return left + (np.asarray(seconds, np.float64) - first) / (last - first) * (right - left)

    def y(self, scores: float | Floats) -> Floats:
        _, top, _, bottom = self.box
        low, high = self.scores
        return bottom - (np.asarray(scores, np.float64) - low) / (high - low) * (bottom - top)


def draw_curve(
    page: Image.Image, box: tuple[int, int, int, int], result: VideoResult, picks: list[Pick]
) -> None:
    """Draw the smoothed score with its band into `box`, `picks` marked by their ranks.

    `box` is left, top, right and bottom in pixels; times are written below the plot in it, and
    the marks stand in its upper part.
    """
    left, top, right, bottom = box
    frame = _frame((left + _PIN, top, right - _PIN, bottom - 48), result)
    frame = frame.lowered(_pin_rows(frame, picks) * (2 * _PIN + 4))
    fine = Image.new("RGB", ((right - left) * _FINE, (bottom - top) * _FINE), "#ffffff")
    _draw_lines(fine, _finer(frame, left, top), result, picks)
    page.paste(fine.reduce(_FINE), (left, top))
    draw = ImageDraw.Draw(page)
    _draw_times(draw, frame)
    for pick, centre in zip(picks, _pin_places(frame, picks, top), strict=True):
        if centre is not None:
            write(draw, (centre[0], centre[1] + 9), str(pick.rank), 25, "#ffffff", True, "middle")


def _draw_lines(fine: Image.Image, frame: _Frame, result: VideoResult, picks: list[Pick]) -> None:
    draw = ImageDraw.Draw(fine)
    left, top, right, bottom = frame.box
    smoothed = _shown_scores(result)
    for first, last in _vetoed(result):
        _hatch(fine, [*_stretch(frame, result, first, last)], top, bottom)
    spread = np.sqrt(np.maximum(result.curve.variance, 0.0))
    for rows in _runs(result, smoothed):
        x, (low, high) = _columns(frame, result.curve.times_seconds[rows], smoothed[rows])
        _, (under, _) = _columns(frame, result.curve.times_seconds[rows], (smoothed - spread)[rows])
        _, (_, over) = _columns(frame, result.curve.times_seconds[rows], (smoothed + spread)[rows])
        edge = [*zip(x, over, strict=True), *zip(x[::-1], under[::-1], strict=True)]
        draw.polygon([(px, min(max(py, top), bottom)) for px, py in edge], fill=BAND)
        line = np.column_stack([np.repeat(x, 2), np.column_stack([low, high]).ravel()])
        draw.line([tuple(point) for point in line.tolist()], fill=CURVE, width=4 * _FINE // 3 + 3)
    draw.line([(left, bottom), (right, bottom)], fill=SOFT, width=_FINE * 2)
    for pick, centre in zip(picks, _pin_places(frame, picks, 0, _FINE), strict=True):
        at, up = float(frame.x(pick.moment.time_seconds)), float(frame.y(pick.score))
        draw.line([(at, top if centre is None else centre[1]), (at, up)], fill=PICK, width=_FINE)
        _dot(draw, at, up, 8 * _FINE, "#ffffff")
        _dot(draw, at, up, 6 * _FINE, PICK)
        if centre is not None:
            _dot(draw, centre[0], centre[1], _PIN * _FINE, PICK)


def _frame(plot: tuple[int, int, int, int], result: VideoResult) -> _Frame:
    times, scores = result.curve.times_seconds, _shown_scores(result)
    known = np.isfinite(scores)
    spread = np.sqrt(np.maximum(result.curve.variance[known], 0.0))
    begin = float(times[0]) if len(times) else 0.0
    end = max(length_seconds(result), begin + 0.04)
    if not known.any():
        return _Frame(plot, (begin, end), (0.0, 1.0))
    low, high = float(scores[known].min()), float(scores[known].max())
    margin = float(np.median(spread)) + 0.05 * (high - low) + 0.02
    return _Frame(plot, (begin, end), (low - margin, high + margin))


def _finer(frame: _Frame, left: int, top: int) -> _Frame:
    x0, y0, x1, y1 = frame.box
    box = ((x0 - left) * _FINE, (y0 - top) * _FINE, (x1 - left) * _FINE, (y1 - top) * _FINE)
    return _Frame(box, frame.seconds, frame.scores)


def _shown_scores(result: VideoResult) -> Floats:
    """Smoothed scores (T,), not a number where a frame is vetoed."""
    return np.where(vetoes(result.samples.measures) == "", result.curve.smoothed, np.nan)


def _vetoed(result: VideoResult) -> Iterator[tuple[int, int]]:
    is_vetoed = np.r_[False, vetoes(result.samples.measures) != "", False].astype(np.int8)
    edges = np.diff(is_vetoed)
    ends = np.flatnonzero(edges == -1) - 1
    yield from zip(np.flatnonzero(edges == 1).tolist(), ends.tolist(), strict=True)


def _runs(result: VideoResult, scores: Floats) -> Iterator[NDArray[np.int64]]:
    """Rows that one unbroken line joins: within a shot, no veto and no long gap between."""
    rows = np.flatnonzero(np.isfinite(scores))
    if not len(rows):
        return
    times = result.curve.times_seconds[rows]
    steps = np.diff(times)
    gap = max(1.0, 8 * float(np.median(steps))) if len(steps) else 1.0
    is_break = (np.diff(result.curve.shot[rows]) != 0) | (np.diff(rows) > 1) | (steps > gap)
    yield from np.split(rows, np.flatnonzero(is_break) + 1)


def _columns(frame: _Frame, times: Floats, values: Floats) -> tuple[Floats, tuple[Floats, Floats]]:
    """Pixel columns (N,) that the values (T,) fall in, and the lowest and highest of each."""
    x = np.floor(frame.x(times))
    starts = np.flatnonzero(np.diff(x, prepend=-1.0))
    low, high = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    return x[starts], (frame.y(low), frame.y(high))


def _stretch(frame: _Frame, result: VideoResult, first: int, last: int) -> tuple[float, float]:
    times = result.curve.times_seconds
    start = float(frame.x(times[first]))
    end = frame.seconds[1] if last + 1 == len(times) else float(times[last + 1])
    return start, max(float(frame.x(end)), start + _FINE)


def _hatch(fine: Image.Image, sides: list[float], top: int, bottom: int) -> None:
    left, right = (round(side) for side in sides)
    tile = Image.new("RGB", (max(1, right - left), bottom - top), VETO_GROUND)
    draw = ImageDraw.Draw(tile)
    for start in range(-tile.height, tile.width, 14 * _FINE):
        draw.line([(start, tile.height), (start + tile.height, 0)], fill=VETO, width=_FINE + 1)
    fine.paste(tile, (left, top))


def _pin_places(
    frame: _Frame, picks: list[Pick], top: int, scale: int = 1
) -> list[tuple[float, float] | None]:
    """Centres of the marks above the plot, from `top` on; None where there is no space."""
    rows = _rows_of_pins(frame, picks, scale)
    height, last = (2 * _PIN + 4) * scale, max((row for row in rows if row is not None), default=0)
    return [
        None
        if row is None
        else (
            float(frame.x(pick.moment.time_seconds)),
            top + (last - row) * height + (_PIN + 1) * scale,
        )
        for pick, row in zip(picks, rows, strict=True)
    ]


def _pin_rows(frame: _Frame, picks: list[Pick]) -> int:
    """How many rows of marks there are above the plot."""
    rows = _rows_of_pins(frame, picks, 1)
    return 1 + max((row for row in rows if row is not None), default=-1)


def _rows_of_pins(frame: _Frame, picks: list[Pick], scale: int) -> list[int | None]:
    """Row of each mark, 0 next to the plot, better picks first; None if no space is left."""
    placed: list[tuple[float, int]] = []
    rows: list[int | None] = []
    for pick in picks:
        x = float(frame.x(pick.moment.time_seconds))
        taken = {row for other, row in placed if abs(other - x) < (2 * _PIN + 3) * scale}
        row = next((row for row in range(_PIN_ROWS) if row not in taken), None)
        rows.append(row)
        if row is not None:
            placed.append((x, row))
    return rows


def _draw_times(draw: ImageDraw.ImageDraw, frame: _Frame) -> None:
    bottom = frame.box[3]
    first, last = frame.seconds
    step = next((s for s in _STEPS if (last - first) / s <= 12), 36000)
    for number in range(int(np.ceil(first / step)), int(last / step) + 1):
        x = float(frame.x(number * step))
        draw.line([(x, bottom), (x, bottom + 10)], fill=SOFT, width=2)
        text = clock(number * step, 0 if step >= 1 else 1)
        write(draw, (x, bottom + 42), text, _TEXT, SOFT, anchor="middle")


def _dot(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: str) -> None:
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
