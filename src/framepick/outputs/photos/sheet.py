"""One page to pin to a wall: the best photos of a collection, each of another group."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageDraw

from framepick.collection import PhotoCollection
from framepick.outputs.photos.pictures import PictureOf
from framepick.outputs.sheet.grid import (
    MOST,
    WIDTH,
    best_grid,
    put,
    save_page,
    write_caption,
    write_foot,
    write_head,
)
from framepick.outputs.text import counted, shown

_PROPORTION = 4 / 3
"""Width over height of a cell, in which photos of any proportion stand whole."""


def write_photo_sheet(
    collection: PhotoCollection,
    name: str,
    picture: PictureOf,
    path: Path,
) -> None:
    """Write the page, headed by `name`, as JPEG to `path`."""
    best = [group[0] for group in collection.groups if not group[0].facts.veto]
    shown_photos = best[:MOST]
    grid = best_grid(len(shown_photos), _PROPORTION)
    page = Image.new("RGB", (WIDTH, grid.page_height), "#ffffff")
    draw = ImageDraw.Draw(page)
    write_head(draw, shown(name), _facts(collection, len(best)))
    pairs = zip(shown_photos, grid.places(len(shown_photos)), strict=True)
    for number, (photo, place) in enumerate(pairs, 1):
        put(page, _image(picture(photo, max(grid.cell))), place, grid)
        name_of, score = shown(photo.path.name), f"{photo.facts.shown_score:.2f}"
        write_caption(draw, number, name_of, score, place, grid)
    foot = "The best first, with its score; of similar photos, the best one"
    write_foot(draw, foot if best else "No photo without a veto", grid.page_height)
    save_page(page, path)


def _facts(collection: PhotoCollection, best_count: int) -> list[str]:
    count = counted(best_count, "group")
    return [
        counted(len(collection.photos), "photo"),
        count if best_count <= MOST else f"the best {MOST} of {count}",
    ]


def _image(file: bytes) -> Image.Image | None:
    if not file:
        return None
    with Image.open(io.BytesIO(file)) as image:
        return image.convert("RGB")
