"""One page to pin to a wall: the picks of a video in order of rank, the curve beneath."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from framepick.outputs.previews import Previews
from framepick.outputs.sentences import NO_PICKS, sentence
from framepick.outputs.sheet.curve import INK, LINE, PICK, SOFT, draw_curve
from framepick.outputs.sheet.lettering import shortened, width_of, write
from framepick.outputs.text import (
    clock,
    counted,
    frames_seen,
    length_seconds,
    rate,
    shown,
    size,
    timecode_of,
)
from framepick.results import Pick, VideoResult

WIDTH = 2400
"""Pixels; eight inches at 300 dots each."""
MOST = 60
"""Pictures on the page; with more picks, the best ones are shown."""
_MARGIN, _GAP = 110, 36
_HEAD, _FOOT = 230, 110
_CURVE = 624
_PAPERS = (math.sqrt(0.5), math.sqrt(2.0))  # height over width of A paper, both ways round
_TALLEST, _NARROWEST = 2300, 330  # of one picture; narrower ones leave no space for the caption
_QUALITY = 90


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where the pictures stand, in pixels."""

    columns: int
    rows: int
    cell: tuple[int, int]
    """Width and height of a picture."""
    caption: int
    """Size of the text below it."""

    @property
    def row_height(self) -> int:
        return self.cell[1] + round(2.1 * self.caption) + _GAP

    @property
    def page_height(self) -> int:
        return _HEAD + self.rows * self.row_height + _CURVE + _FOOT

    def places(self, count: int) -> Iterator[tuple[int, int]]:
        """Left upper corners of the pictures."""
        left = (WIDTH + _GAP - self.columns * (self.cell[0] + _GAP)) // 2
        for at in range(count):
            row, column = divmod(at, self.columns)
            yield left + column * (self.cell[0] + _GAP), _HEAD + row * self.row_height


def write_contact_sheet(
    result: VideoResult, rows: Sequence[Mapping[str, Any]], previews: Previews, path: Path
) -> None:
    """Write the page as JPEG to `path`.

    Parameters
    ----------
    result
        What was found; up to `MOST` of its picks are shown, in order of rank.
    rows
        The picks as they stand in picks.json, in the order of `result.picks`.
    previews
        Pictures of the picks, by moment; one that is not there leaves its place empty.
    path
        Where to write; the name says nothing of the format.
    """
    picks = list(result.picks[:MOST])
    grid = _best_grid(len(picks), result.info.width / max(1, result.info.height))
    page = Image.new("RGB", (WIDTH, grid.page_height), "#ffffff")
    draw = ImageDraw.Draw(page)
    _write_head(draw, result)
    for pick, row, place in zip(picks, rows, grid.places(len(picks)), strict=False):
        _put(page, previews.image(pick.moment), place, grid)
        _write_caption(draw, pick, timecode_of(row, pick), place, grid)
    top = _HEAD + grid.rows * grid.row_height + 24
    draw_curve(page, (_MARGIN, top, WIDTH - _MARGIN, top + _CURVE - 64), result, picks)
    _write_foot(draw, result, grid.page_height)
    page.save(path, format="JPEG", quality=_QUALITY, subsampling=0, dpi=(300, 300))


def _best_grid(count: int, proportion: float) -> _Grid:
    """The grid whose page comes nearest to a sheet of A paper, with large pictures and few gaps.

    `proportion` is the width of a picture over its height.
    """
    return min(
        (_grid(count, columns, proportion) for columns in range(1, min(max(count, 1), 8) + 1)),
        key=lambda grid: _unfit(grid, count),
    )


def _grid(count: int, columns: int, proportion: float) -> _Grid:
    width = (WIDTH - 2 * _MARGIN - (columns - 1) * _GAP) // columns
    height = min(_TALLEST, max(1, round(width / proportion)))
    width = min(width, max(_NARROWEST, round(height * proportion)))
    caption = min(40, max(25, width // 15))
    return _Grid(columns, -(-count // columns), (width, height), caption)


def _unfit(grid: _Grid, count: int) -> float:
    ratio = grid.page_height / WIDTH
    from_paper = min(abs(math.log(ratio / paper)) for paper in _PAPERS)
    empty = grid.columns * grid.rows - count
    return from_paper + 1.5 * empty / max(1, grid.columns * grid.rows) + 0.05 * grid.columns


def _write_head(draw: ImageDraw.ImageDraw, result: VideoResult) -> None:
    width = WIDTH - 2 * _MARGIN
    name = shown(result.source.name)
    height = next((s for s in (68, 60, 54, 48) if width_of(name, s, True) <= width), 48)
    write(draw, (_MARGIN, 120), shortened(name, width, height, True), height, INK, True)
    info = result.info
    facts = [
        clock(length_seconds(result), 1),
        size(info),
        f"{rate(info)} frames per second" if rate(info) else "",
        frames_seen(result),
        _pick_count(result),
    ]
    text = "   ·   ".join(fact for fact in facts if fact)
    write(draw, (_MARGIN, 178), shortened(text, width, 34), 34, SOFT)


def _pick_count(result: VideoResult) -> str:
    count = len(result.picks)
    return counted(count, "pick") if count <= MOST else f"the best {MOST} of {count:,} picks"


def _put(page: Image.Image, image: Image.Image | None, place: tuple[int, int], grid: _Grid) -> None:
    """Paste a picture into its cell, whole and in the middle."""
    x, y = place
    if image is None or image.size != grid.cell:
        box = (x, y, x + grid.cell[0] - 1, y + grid.cell[1] - 1)
        ImageDraw.Draw(page).rectangle(box, fill="#efefee")
    if image is None:
        return
    scale = min(grid.cell[0] / image.width, grid.cell[1] / image.height)
    width, height = (
        whole if abs(whole - side * scale) < 2 else max(1, round(side * scale))
        for side, whole in zip(image.size, grid.cell, strict=True)
    )
    small = image.resize((width, height), Image.Resampling.LANCZOS)
    page.paste(small, (x + (grid.cell[0] - width) // 2, y + (grid.cell[1] - height) // 2))


def _write_caption(
    draw: ImageDraw.ImageDraw, pick: Pick, timecode: str, place: tuple[int, int], grid: _Grid
) -> None:
    size = grid.caption
    x, base = place[0], place[1] + grid.cell[1] + round(1.4 * size)
    write(draw, (x, base), str(pick.rank), size, PICK, bold=True)
    start = x + width_of("00  ", size, bold=True)
    score = f"{pick.score:.2f}"
    end = x + grid.cell[0]
    width = end - start - width_of(score + "  ", size)
    write(draw, (start, base), shortened(timecode, width, size), size, INK)
    write(draw, (end, base), score, size, SOFT, anchor="right")


def _write_foot(draw: ImageDraw.ImageDraw, result: VideoResult, bottom: int) -> None:
    y = bottom - 96
    draw.line([(_MARGIN, y), (WIDTH - _MARGIN, y)], fill=LINE, width=2)
    text = (
        "In order of rank, with time code and score. Below, the score along the film with its "
        "standard deviation; numbers mark picks, hatching marks frames with vetoes"
    )
    if not result.picks:
        text = sentence(result.shortfall) if result.shortfall else NO_PICKS
    width = WIDTH - 2 * _MARGIN
    write(draw, (_MARGIN, y + 46), shortened(shown(text) + ".", width, 26), 26, SOFT)
