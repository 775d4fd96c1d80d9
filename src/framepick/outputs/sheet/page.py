"""One page to pin to a wall: the picks of a video in order of rank, the curve beneath."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from framepick.outputs.previews import Previews
from framepick.outputs.sentences import NO_PICKS, sentence
from framepick.outputs.sheet.curve import draw_curve
from framepick.outputs.sheet.grid import (
    MARGIN,
    MOST,
    WIDTH,
    best_grid,
    put,
    save_page,
    write_caption,
    write_foot,
    write_head,
)
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
from framepick.results import VideoResult

_CURVE = 624


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
    grid = best_grid(len(picks), result.info.width / max(1, result.info.height), _CURVE)
    page = Image.new("RGB", (WIDTH, grid.page_height), "#ffffff")
    draw = ImageDraw.Draw(page)
    write_head(draw, shown(result.source.name), _facts(result))
    for pick, row, place in zip(picks, rows, grid.places(len(picks)), strict=False):
        put(page, previews.image(pick.moment), place, grid)
        write_caption(draw, pick.rank, timecode_of(row, pick), f"{pick.score:.2f}", place, grid)
    top = grid.bottom + 24
    draw_curve(page, (MARGIN, top, WIDTH - MARGIN, top + _CURVE - 64), result, picks)
    write_foot(draw, _foot(result), grid.page_height)
    save_page(page, path)


def _facts(result: VideoResult) -> list[str]:
    info = result.info
    return [
        clock(length_seconds(result), 1),
        size(info),
        f"{rate(info)} frames per second" if rate(info) else "",
        frames_seen(result),
        _pick_count(result),
    ]


def _pick_count(result: VideoResult) -> str:
    count = len(result.picks)
    return counted(count, "pick") if count <= MOST else f"the best {MOST} of {count:,} picks"


def _foot(result: VideoResult) -> str:
    if not result.picks:
        return sentence(result.shortfall) if result.shortfall else NO_PICKS
    return (
        "In order of rank, with time code and score. Below, the score along the film with its "
        "standard deviation; numbers mark picks, hatching marks frames with vetoes"
    )
