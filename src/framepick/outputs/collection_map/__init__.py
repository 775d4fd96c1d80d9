"""The page with the map of a collection: one HTML file that needs no other."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from framepick.mapping import CollectionMap
from framepick.metrics import spearman
from framepick.outputs.photos.report import photo_link
from framepick.outputs.report.page import embedded, page
from framepick.outputs.report.pictures import data_url
from framepick.outputs.text import counted, shown

ThumbnailOf = Callable[[int], bytes]
"""Gives the picture of a row as a file; b'' if it is gone."""
_TILES = ((400, 128), (1200, 96), (6000, 64), (20_000, 40))
"""Up to so many pictures, tiles have so many pixels along each side."""
_SMALLEST = 24
_ACROSS = 40
_QUALITY = 80
_FIELD_LEVELS = 255


@dataclass(frozen=True, slots=True, eq=False)
class MapPage:
    """What a page shows."""

    title: str
    found: CollectionMap
    paths: Sequence[Path]
    """Of the N pictures."""
    thumbnail: ThumbnailOf


def write_map(one: MapPage, path: Path, folder: Path) -> None:
    """Write the page to `path`; pictures are linked as they lie from `folder`, where it will be."""
    path.write_text(
        map_page(one, [photo_link(each, folder) for each in one.paths]), encoding="utf-8"
    )


def map_page(one: MapPage, links: Sequence[str]) -> str:
    """Give the page as text; `links` are the addresses of the N pictures."""
    tiles, side = _sheet(len(one.paths), one.thumbnail)
    data = {
        "names": [shown(each.name) for each in one.paths],
        "links": list(links),
        "places": np.round(one.found.places, 4).tolist(),
        "views": [_view(one.found, name) for name in one.found.scores],
        "tile": side,
        "across": _ACROSS,
    }
    names = list(one.found.scores)
    body = f"""<header class="top"><div><h1><bdi>{escape(shown(one.title))}</bdi></h1>
<p class="facts"><span>{counted(len(one.paths), "photo")}</span>
<span>similar ones lie close to each other</span></p></div>
<button class="theme" id="theme" hidden>Theme</button></header>
<main id="content"><section aria-label="Map">
<div class="panel map-panel"><div class="chart-head"><div class="legend" aria-hidden="true">
<span><i class="m-low"></i>lower scores around</span>
<span><i class="m-high"></i>higher scores</span></div>
<div class="tools">{_choice(names)}<button id="farther" aria-label="Zoom out">&minus;</button>
<button id="nearer" aria-label="Zoom in">+</button>
<button id="whole">Whole map</button></div></div>
<div class="map-stage"><canvas id="atlas" tabindex="0" role="img"
aria-label="Map of {counted(len(one.paths), "photo")}"></canvas>
<div class="map-tip" id="tip" hidden></div></div>
<p class="hint">Drag to move, turn the wheel or press + and &minus; to zoom; point at a photo
for its name and scores, click it to open it.</p>
<noscript><p class="note">The map needs JavaScript.</p></noscript></div></section>
{_comparisons(one)}</main><img id="tiles" alt="" hidden src="{data_url(tiles)}">"""
    title = f"{shown(one.title)} - framepick"
    return page(title, body, ("theme.js", "map.js"), embedded("map", data))


def _choice(names: Sequence[str]) -> str:
    options = "".join(
        f'<option value="{at}">{escape(shown(one))}</option>' for at, one in enumerate(names)
    )
    changes = "".join(
        f'<option value="{at}-0">{escape(shown(one))}, change</option>'
        for at, one in enumerate(names)
        if at
    )
    hidden = "" if len(names) > 1 else " hidden"
    return f'<label{hidden}>Scores <select id="view">{options}{changes}</select></label>'


def _view(found: CollectionMap, name: str) -> dict[str, Any]:
    """Describe scores and their field, in whole numbers where that is enough."""
    scores, field = found.scores[name], found.field(name)
    low, high = (float(one) for one in np.percentile(scores, [2, 98]))
    return {
        "name": shown(name),
        "scores": np.round(scores, 2).tolist(),
        "low": round(low, 3),
        "high": round(high, 3),
        "field": np.round(field.values, 3).ravel().tolist(),
        "weights": np.round(field.weights * _FIELD_LEVELS).astype(int).ravel().tolist(),
    }


def _sheet(count: int, thumbnail: ThumbnailOf) -> tuple[bytes, int]:
    """Put all pictures on one sheet, as square tiles; give it as a JPEG file."""
    side = next((side for most, side in _TILES if count <= most), _SMALLEST)
    sheet = Image.new("RGB", (_ACROSS * side, -(-count // _ACROSS) * side), (128, 128, 128))
    for row in range(count):
        if file := thumbnail(row):
            down, across = divmod(row, _ACROSS)
            sheet.paste(_square(file, side), (across * side, down * side))
    kept = io.BytesIO()
    sheet.save(kept, "JPEG", quality=_QUALITY)
    return kept.getvalue(), side


def _square(file: bytes, side: int) -> Image.Image:
    """Cut the middle out of a picture."""
    with Image.open(io.BytesIO(file)) as image:
        pixels = image.convert("RGB")
    short = min(pixels.size)
    left, top = (pixels.width - short) // 2, (pixels.height - short) // 2
    return pixels.resize((side, side), box=(left, top, left + short, top + short))


def _comparisons(one: MapPage) -> str:
    """Each two who score, on what the other likes best."""
    names = list(one.found.scores)
    pairs = list(combinations(names, 2))
    return "\n".join(_comparison(one, first, second) for first, second in pairs)


def _comparison(one: MapPage, first: str, second: str) -> str:
    scores = one.found.scores
    alike = spearman(scores[first], scores[second])
    rows = "\n".join(_likes(one, own, other) for own, other in ((first, second), (second, first)))
    title = f"{shown(first)} and {shown(second)}"
    return f"""<section><h2>{escape(title)} <small>rank correlation {alike:.2f}</small></h2>
{rows}</section>"""


def _likes(one: MapPage, own: str, other: str) -> str:
    best = one.found.best(own).tolist()
    means = {name: float(one.found.scores[name][best].mean()) for name in (own, other)}
    pictures = "".join(_picture(one, row, own, other) for row in best)
    text = (
        f"The {len(best)} best for {shown(own)}: {means[own]:.2f} on average, "
        f"{means[other]:.2f} for {shown(other)}"
    )
    return f'<p class="facts"><span>{escape(text)}</span></p><ol class="map-best">{pictures}</ol>'


def _picture(one: MapPage, row: int, own: str, other: str) -> str:
    name = escape(shown(one.paths[row].name))
    file = one.thumbnail(row)
    image = f'<img src="{data_url(file, "webp")}" alt="{name}">' if file else ""
    own_score, other_score = (float(one.found.scores[each][row]) for each in (own, other))
    return (
        f'<li title="{name}">{image}<span>{own_score:.1f}</span> '
        f"<small>{other_score:.1f}</small></li>"
    )
