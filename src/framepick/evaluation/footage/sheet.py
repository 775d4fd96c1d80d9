"""A page to look at: the picks of each clip beside the best four, with their ratings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from framepick.evaluation.footage.clips import RatedClip
from framepick.evaluation.footage.figures import COUNT, POOR
from framepick.evaluation.footage.runs import PickedFrame
from framepick.files import whole_file
from framepick.outputs.sheet.lettering import shortened, write
from framepick.outputs.text import shown
from framepick.sources.opening import open_source
from framepick.types import FrameRequest, ViewSpec

_CELL = (240, 160)
_GAP, _BETWEEN = 8, 40
_TITLE, _CAPTION = 30, 24
_ROW = _TITLE + _CELL[1] + _CAPTION + 2 * _GAP
_SIDE = COUNT * (_CELL[0] + _GAP)
"""Width of the picks, and of the best four."""
_INK, _BAD = "#1a1a1a", "#c02020"
_LONGEST = 65_000
"""Pixels along the side of a JPEG file, at most."""
_VIEW = ViewSpec(32)


def save_sheet(clips: Sequence[RatedClip], picks: Sequence[PickedFrame], path: Path) -> None:
    """Write the page as JPEG: a row for each clip of some `picks`, as many rows as fit a file.

    Raises
    ------
    SourceError, OutputError
        A clip cannot be read; the file cannot be written.
    """
    by_clip: dict[str, list[int]] = defaultdict(list)
    for pick in picks:
        by_clip[pick.clip].append(pick.frame_index)
    rows = [_row(clip, by_clip[clip.name]) for clip in clips if clip.name in by_clip]
    rows = rows[: _LONGEST // _ROW]
    page = Image.new("RGB", (rows[0].width, _ROW * len(rows)), "white")
    for number, row in enumerate(rows):
        page.paste(row, (0, number * _ROW))
    with whole_file(path) as partial:
        page.save(partial, format="JPEG", quality=85)


def _row(clip: RatedClip, picks: Sequence[int]) -> Image.Image:
    """Draw the picks of a clip, and the best four to their right."""
    best = clip.best_four.tolist()[:COUNT]
    pictures = dict(_pictures(clip, sorted({*picks, *best})))
    row = Image.new("RGB", (2 * _SIDE + _BETWEEN + _GAP, _ROW), "white")
    draw = ImageDraw.Draw(row)
    title = f"{clip.name}: picks, mean rating of the clip {clip.ratings.mean():.1f}"
    write(draw, (_GAP, _TITLE - 8), shortened(shown(title), _SIDE, 18), 18, _INK, bold=True)
    write(draw, (_SIDE + _BETWEEN, _TITLE - 8), "best four", 18, _INK, bold=True)
    for left, indices in ((_GAP, picks), (_SIDE + _BETWEEN, best)):
        for place, index in enumerate(indices):
            x = left + place * (_CELL[0] + _GAP)
            if index in pictures:
                row.paste(pictures[index], (x, _TITLE))
            _write_caption(draw, clip, index, x)
    return row


def _write_caption(draw: ImageDraw.ImageDraw, clip: RatedClip, index: int, x: int) -> None:
    rating = float(clip.ratings[clip.nearest_rows(np.array([index]))[0]])
    colour = _BAD if rating <= POOR else _INK
    write(draw, (x, _TITLE + _CELL[1] + 18), f"{rating:.1f}, frame {index}", 16, colour)


def _pictures(clip: RatedClip, indices: Sequence[int]) -> Iterator[tuple[int, Image.Image]]:
    """Give small pictures of frames, by frame index."""
    if clip.video is None:
        return
    with open_source(clip.video, _VIEW) as source:
        moments = [frame.moment for frame in source.frames(FrameRequest(tuple(indices)))]
        for still in source.stills(moments):
            picture = Image.fromarray(still.pixels)
            picture.thumbnail(_CELL)
            yield still.moment.frame_index, picture
