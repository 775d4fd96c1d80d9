"""The page over several inputs of one run: what came of each, with a link to its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from framepick.outputs.previews import Previews
from framepick.outputs.report.cards import still_link
from framepick.outputs.report.page import page
from framepick.outputs.report.pictures import data_url, size_of
from framepick.outputs.sentences import notes_on
from framepick.outputs.text import clock, counted, length_seconds, shown
from framepick.results import VideoResult

PICTURE_BYTES = 6_000_000
"""Most bytes of all pictures of the page; where there are many inputs, each shows fewer."""
_MOST_PICTURES = 4
_SIDE, _QUALITY = 300, 70


@dataclass(frozen=True, slots=True)
class OverviewItem:
    """What came of one input."""

    name: str
    """The input as the user named it."""
    report: str | None = None
    """Its report, as a path relative to the overview with slashes; None where there is none."""
    duration_seconds: float | None = None
    frame_count: int = 0
    pick_count: int = 0
    best_score: float | None = None
    pictures: tuple[bytes, ...] = ()
    """Small JPEG files of the best picks, the best first."""
    failure: str | None = None
    """Why the input gave nothing, None where it did."""
    notes: tuple[str, ...] = ()
    """What else to know, such as why there are fewer picks than requested."""


def overview_pictures(result: VideoResult, previews: Previews) -> tuple[bytes, ...]:
    """Small JPEG files of the best picks, the best first."""
    best = result.picks[:_MOST_PICTURES]
    pictures = (previews.jpeg(pick.moment, _SIDE, _QUALITY) for pick in best)
    return tuple(picture for picture in pictures if picture)


def overview_item(
    result: VideoResult, report: str | None, pictures: tuple[bytes, ...] = ()
) -> OverviewItem:
    """The item of a video that was searched.

    `report` is the path of its report relative to the overview, with slashes, None without one.
    """
    return OverviewItem(
        name=str(result.source),
        report=report,
        duration_seconds=length_seconds(result),
        frame_count=len(result.frame_times_seconds),
        pick_count=len(result.picks),
        best_score=max((pick.score for pick in result.picks), default=None),
        pictures=pictures,
        notes=tuple(notes_on(result)),
    )


def write_overview(items: Sequence[OverviewItem], path: Path) -> None:
    """Write the page to `path`, one row per item, in the order given."""
    count = _pictures_each(items)
    failed = sum(one.failure is not None for one in items)
    facts = [counted(len(items), "input"), f"{failed:,} failed" if failed else ""]
    facts.append(counted(sum(one.pick_count for one in items), "pick"))
    spans = "".join(f"<span>{fact}</span>" for fact in facts if fact)
    rows = "\n".join(_item(one, count) for one in items)
    body = f"""<header class="top"><div><h1>Picks of this run</h1><p class="facts">{spans}</p></div>
<button class="theme" id="theme" hidden>Theme</button></header>
<main id="content"><ul class="inputs">
{rows}
</ul></main>"""
    path.write_text(page("Picks of this run - framepick", body, ("theme.js",)), encoding="utf-8")


def _pictures_each(items: Sequence[OverviewItem]) -> int:
    """How many pictures of each input keep the page within its bounds."""
    for count in range(_MOST_PICTURES, 0, -1):
        if sum(len(one) for each in items for one in each.pictures[:count]) <= PICTURE_BYTES:
            return count
    return 0


def _item(one: OverviewItem, picture_count: int) -> str:
    name = f"<bdi>{escape(shown(one.name))}</bdi>"
    if one.report:
        name = f'<a href="{escape(still_link(one.report))}">{name}</a>'
    lines = [f"<h2>{name}</h2>"]
    if one.failure is not None:
        lines.append(f'<p class="bad">{escape(shown(_reason(one)))}</p>')
    else:
        lines.append(f'<p class="facts">{_facts(one)}</p>')
    lines += [f'<p class="mild">{escape(shown(note))}</p>' for note in one.notes]
    return f'<li class="input panel"><div>{"".join(lines)}</div>{_thumbs(one, picture_count)}</li>'


def _reason(one: OverviewItem) -> str:
    """The failure without the name that stands above it."""
    failure = one.failure or ""
    return failure.removeprefix(f"{one.name}: ") or "failed"


def _facts(one: OverviewItem) -> str:
    best = "" if one.best_score is None else f"best score <b>{one.best_score:.2f}</b>"
    parts = [
        "" if one.duration_seconds is None else clock(one.duration_seconds, 1),
        counted(one.frame_count, "frame"),
        counted(one.pick_count, "pick"),
        best,
    ]
    return "".join(f"<span>{part}</span>" for part in parts if part)


def _thumbs(one: OverviewItem, count: int) -> str:
    images = []
    for rank, picture in enumerate(one.pictures[:count], 1):
        width, height = size_of(picture)
        image = (
            f'<img src="{data_url(picture)}" alt="Pick {rank}" width="{width}" height="{height}">'
        )
        if one.report:
            image = f'<a href="{escape(still_link(one.report))}#pick-{rank}">{image}</a>'
        images.append(image)
    return f'<div class="thumbs">{"".join(images)}</div>' if images else ""
