"""A grid of pictures on a page that comes near to a sheet of A paper."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

from framepick.outputs.sheet.lettering import shortened, width_of, write
from framepick.outputs.text import shown

WIDTH = 2400
"""Pixels; eight inches at 300 dots each."""
MOST = 60
"""Pictures on the page; with more, the best ones are shown."""
MARGIN, HEAD, FOOT = 110, 230, 110
INK, SOFT, LINE = "#1a1b1d", "#666a70", "#dcdcda"
PICK = "#b8430a"
_GAP = 36
_QUALITY = 90
_PAPERS = (math.sqrt(0.5), math.sqrt(2.0))  # height over width of A paper, both ways round
_TALLEST, _NARROWEST = 2300, 330  # of one picture; narrower ones leave no space for the caption


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the pictures stand, in pixels."""

    columns: int
    rows: int
    cell: tuple[int, int]
    """Width and height of a picture."""
    caption: int
    """Size of the text below it."""
    below: int
    """Height of what stands below the pictures."""

    @property
    def row_height(self) -> int:
        return self.cell[1] + round(2.1 * self.caption) + _GAP

    @property
    def page_height(self) -> int:
        return self.bottom + self.below + FOOT

    @property
    def bottom(self) -> int:
        """Where the pictures end."""
        return HEAD + self.rows * self.row_height

    def places(self, count: int) -> Iterator[tuple[int, int]]:
        """Left upper corners of the pictures."""
        left = (WIDTH + _GAP - self.columns * (self.cell[0] + _GAP)) // 2
        for at in range(count):
            row, column = divmod(at, self.columns)
            yield left + column * (self.cell[0] + _GAP), HEAD + row * self.row_height


def best_grid(count: int, proportion: float, below: int = 0) -> Grid:
    """The grid whose page comes nearest to a sheet of A paper, with large pictures and few gaps.

    `proportion` is the width of a picture over its height, `below` the height of what stands below
    the pictures.
    """
    return min(
        (
            _grid(count, columns, proportion, below)
            for columns in range(1, min(max(count, 1), 8) + 1)
        ),
        key=lambda grid: _unfit(grid, count),
    )


def _grid(count: int, columns: int, proportion: float, below: int) -> Grid:
    width = (WIDTH - 2 * MARGIN - (columns - 1) * _GAP) // columns
    height = min(_TALLEST, max(1, round(width / proportion)))
    width = min(width, max(_NARROWEST, round(height * proportion)))
    caption = min(40, max(25, width // 15))
    return Grid(columns, -(-count // columns), (width, height), caption, below)


def _unfit(grid: Grid, count: int) -> float:
    ratio = grid.page_height / WIDTH
    from_paper = min(abs(math.log(ratio / paper)) for paper in _PAPERS)
    empty = grid.columns * grid.rows - count
    return from_paper + 1.5 * empty / max(1, grid.columns * grid.rows) + 0.05 * grid.columns


def put(page: Image.Image, image: Image.Image | None, place: tuple[int, int], grid: Grid) -> None:
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


def write_head(draw: ImageDraw.ImageDraw, name: str, facts: Iterable[str]) -> None:
    """Write what the page is about: a name, and some facts, of which empty ones are left out."""
    width = WIDTH - 2 * MARGIN
    height = next((s for s in (68, 60, 54, 48) if width_of(name, s, True) <= width), 48)
    write(draw, (MARGIN, 120), shortened(name, width, height, True), height, INK, True)
    text = "   ·   ".join(fact for fact in facts if fact)
    write(draw, (MARGIN, 178), shortened(text, width, 34), 34, SOFT)


def write_caption(
    draw: ImageDraw.ImageDraw, rank: int, name: str, score: str, place: tuple[int, int], grid: Grid
) -> None:
    """Write the rank, the name and the score below the picture at `place`."""
    size = grid.caption
    x, base = place[0], place[1] + grid.cell[1] + round(1.4 * size)
    write(draw, (x, base), str(rank), size, PICK, bold=True)
    start = x + width_of("00  ", size, bold=True)
    end = x + grid.cell[0]
    width = end - start - width_of(score + "  ", size)
    write(draw, (start, base), shortened(name, width, size), size, INK)
    write(draw, (end, base), score, size, SOFT, anchor="right")


def write_foot(draw: ImageDraw.ImageDraw, text: str, page_height: int) -> None:
    """Write one sentence, without its full stop, at the bottom of the page."""
    y = page_height - 96
    draw.line([(MARGIN, y), (WIDTH - MARGIN, y)], fill=LINE, width=2)
    width = WIDTH - 2 * MARGIN
    write(draw, (MARGIN, y + 46), shortened(shown(text) + ".", width, 26), 26, SOFT)


def save_page(page: Image.Image, path: Path) -> None:
    """Save the page as JPEG; the name of `path` says nothing of the format."""
    file = BytesIO()  # Pillow takes no notice of a disk that fills up in its last write
    page.save(file, format="JPEG", quality=_QUALITY, subsampling=0, dpi=(300, 300))
    path.write_bytes(file.getbuffer())
