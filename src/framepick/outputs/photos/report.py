"""The report of a collection: one page, the best photos first, with similar ones to unfold."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from framepick.collection import PhotoCollection, PhotoFailure, RankedPhoto
from framepick.outputs.photos.pictures import PictureOf, fitting_side
from framepick.outputs.report.cards import stars, still_link
from framepick.outputs.report.page import frame
from framepick.outputs.report.pictures import data_url, size_of
from framepick.outputs.sentences import sentence
from framepick.outputs.text import counted, shown

_NO_PICTURE = '<span class="empty">No picture</span>'
_FILTERS = ((1, "All"), (3, "★★★ and more"), (4, "★★★★ and more"), (5, "★★★★★"))


def write_photo_report(
    collection: PhotoCollection,
    folder: Path,
    name: str,
    beside: Sequence[str],
    picture: PictureOf,
    path: Path,
) -> None:
    """Write the report to `path`, headed by `name`: one HTML file that needs no other.

    Photos are linked as they lie from `folder`, where the report will be; `beside` names other
    files there.
    """
    cells = _Cells(folder, picture, fitting_side(collection.photos, picture))
    before, after = frame(f"{shown(name)} - framepick", ("theme.js", "photos.js"))
    with path.open("w", encoding="utf-8") as file:
        file.write(before)
        file.writelines(_body(collection, name, beside, cells))
        file.write(after)


@dataclass(frozen=True, slots=True)
class _Cells:
    """The photos of a report, as HTML."""

    folder: Path
    picture: PictureOf
    side: int
    """Longer side of pictures in pixels, at most."""

    def of_group(self, group: Sequence[RankedPhoto]) -> str:
        """Give the best of a group, with what is similar to it to unfold."""
        best, *others = group
        similar = ""
        if others:
            rows = "\n".join(f"<li>{self._photo(one)}</li>" for one in others)
            similar = f"""<details><summary>{_others(len(others))}</summary>
<ol class="alike">
{rows}
</ol></details>"""
        return f"""<li class="shot panel" id="photo-{best.rank}" data-stars="{best.rating}">
{self._photo(best)}{similar}</li>
"""

    def _photo(self, photo: RankedPhoto) -> str:
        name = escape(shown(photo.path.name))
        why = escape("; ".join(sentence(reason) for reason in photo.reasons))
        reason = f'<p class="reason">{why}</p>' if why else ""
        score = (
            ""
            if photo.facts.veto
            else f"""<p class="mark">{stars(photo.rating)}
<span class="score">{photo.facts.shown_score:.2f}</span></p>"""
        )
        link = escape(photo_link(photo.path, self.folder))
        return f"""<a class="frame" href="{link}" title="{name}">{self._image(photo, name)}</a>
{score}<p class="file"><bdi>{name}</bdi></p>{reason}"""

    def _image(self, photo: RankedPhoto, name: str) -> str:
        file = self.picture(photo, self.side)
        if not file:
            return _NO_PICTURE
        width, height = size_of(file)
        return (
            f'<img src="{data_url(file, "webp")}" alt="{name}" width="{width}" height="{height}" '
            'loading="lazy" decoding="async">'
        )


def _others(count: int) -> str:
    return "The other one" if count == 1 else f"The {count:,} others"


def photo_link(photo: Path, folder: Path) -> str:
    """Address of a photo from a page in `folder`."""
    path = os.path.realpath(photo.parent)
    try:
        path = os.path.relpath(path, os.path.realpath(folder))
    except ValueError:  # on another drive
        return Path(path, photo.name).as_uri()
    return still_link(os.path.join(path, photo.name).replace(os.sep, "/"))


def _body(
    collection: PhotoCollection, name: str, beside: Sequence[str], cells: _Cells
) -> Iterator[str]:
    links = (f'<a href="{escape(still_link(one))}">{escape(shown(one))}</a>' for one in beside)
    yield f"""<header class="top"><div><h1><bdi>{escape(shown(name))}</bdi></h1>
<p class="facts">{_facts(collection)}</p><p class="facts">{"".join(links)}</p></div>
<button class="theme" id="theme" hidden>Theme</button></header>
<main id="content">
"""
    groups = [group for group in collection.groups if not group[0].facts.veto]
    if groups:
        yield _head(any(len(group) > 1 for group in groups))
        yield '<ol class="wall" id="wall">\n'
        yield from (cells.of_group(group) for group in groups)
        yield "</ol></section>\n"
    vetoed = [group for group in collection.groups if group[0].facts.veto]
    if vetoed:
        yield "<section><h2>Black, empty or no picture <small>never the best</small></h2>"
        yield '<ol class="wall">\n'
        yield from (cells.of_group(group) for group in vetoed)
        yield "</ol></section>\n"
    yield _unread(collection.failures)
    yield "</main>"


def _facts(collection: PhotoCollection) -> str:
    ratings = Counter(group[0].rating for group in collection.groups if not group[0].facts.veto)
    groups = sum(len(group) > 1 for group in collection.groups)
    parts = [
        counted(len(collection.photos), "photo"),
        f"{counted(groups, 'group')} of similar ones" if groups else "",
        *(f"{ratings[number]:,} with {'★' * number}" for number in (5, 4) if ratings[number]),
        f"by the taste {_taste_name(collection.taste)}" if collection.taste else "",
        f"{len(collection.failures):,} not read" if collection.failures else "",
    ]
    return "".join(f"<span>{part}</span>" for part in parts if part)


def _taste_name(label: str) -> str:
    return escape(shown(label.rpartition(" ")[0]))


def _head(has_groups: bool) -> str:
    options = "".join(f'<option value="{least}">{text}</option>' for least, text in _FILTERS)
    unfold = '<button id="unfold" aria-pressed="false">Unfold similar ones</button>'
    return f"""<section><div class="wall-head"><h2>Photos <small>the best first</small></h2>
<div class="tools" id="tools" hidden><label>Show <select id="least">{options}</select></label>
{unfold if has_groups else ""}</div></div>
"""


def _unread(failures: Sequence[PhotoFailure]) -> str:
    if not failures:
        return ""
    rows = "\n".join(f"<li>{escape(shown(failure.error))}</li>" for failure in failures)
    return f'<section><h2>Not read</h2><ul class="unread panel">\n{rows}\n</ul></section>'
