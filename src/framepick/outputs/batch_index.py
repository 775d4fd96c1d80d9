"""The pages over all videos of a batch: index.html, index-2.html and so on.

Pictures are files beside the pages, which browsers load as they are scrolled to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from pathlib import Path

from framepick.files import whole_file
from framepick.outputs.report.cards import still_link
from framepick.outputs.report.page import frame
from framepick.outputs.result_folders import INDEX_NAME
from framepick.outputs.text import clock, counted, shown

PAGE_ROWS = 200
"""Videos on one page."""
_MOST_FAILURES = 50
_NAME = re.compile(r"index-(\d+)\.html", re.ASCII)


@dataclass(frozen=True, slots=True)
class IndexItem:
    """What came of one video."""

    name: str
    state: str
    """ok, partial, failed, skipped or pending."""
    reason: str = ""
    link: str | None = None
    """What is opened for it, as a path relative to the page with slashes."""
    picture: str | None = None
    """A picture, in the same way."""
    duration_seconds: float | None = None
    pick_count: int = 0
    best_score: float | None = None
    notes: tuple[str, ...] = ()


def write_index(items: Sequence[IndexItem], out: Path, best: str = "") -> None:
    """Write the pages to the folder `out`, and remove those of an earlier run that had more.

    `best` is HTML that the first page shows before the videos.

    Raises
    ------
    OutputError
        A page cannot be written.
    """
    pages = [items[at : at + PAGE_ROWS] for at in range(0, len(items), PAGE_ROWS)] or [()]
    before, after = frame("Picks of this batch - framepick", ("theme.js",), has_files=True)
    for number, rows in enumerate(pages, 1):
        body = _body(items, rows, number, len(pages), best)
        with whole_file(out / page_name(number)) as path:
            path.write_text(before + body + after, encoding="utf-8")
    for path in out.glob("index-*.html"):
        found = _NAME.fullmatch(path.name)
        if found and int(found[1]) > len(pages):
            with suppress(OSError):
                path.unlink()


def page_name(number: int) -> str:
    """Give the file name of a page, counted from 1."""
    return INDEX_NAME if number == 1 else f"index-{number}.html"


def _body(
    items: Sequence[IndexItem], rows: Sequence[IndexItem], number: int, count: int, best: str
) -> str:
    links, first = _pager(number, count), f"{best}{_failures(items)}" if number == 1 else ""
    return f"""<header class="top"><div><h1>Picks of this batch</h1>{_totals(items)}</div>
<button class="theme" id="theme" hidden>Theme</button></header>
<main id="content">{first}{links}<ul class="inputs">
{"".join(map(_row, rows))}
</ul>{links}</main>"""


def _totals(items: Sequence[IndexItem]) -> str:
    states = [one.state for one in items]
    facts = [counted(len(items), "video"), counted(sum(one.pick_count for one in items), "pick")]
    named = (("partial", "damaged"), ("failed", "failed"), ("skipped", "skipped"))
    facts += [f"{n:,} {word}" for state, word in named if (n := states.count(state))]
    if pending := states.count("pending"):
        facts.append(f"{pending:,} not done yet")
    return f'<p class="facts">{"".join(f"<span>{fact}</span>" for fact in facts)}</p>'


def _failures(items: Sequence[IndexItem]) -> str:
    failed = [one for one in items if one.state == "failed"]
    if not failed:
        return ""
    lines = [
        f"<li><bdi>{escape(shown(one.name))}</bdi>: {escape(shown(_reason(one)))}</li>"
        for one in failed[:_MOST_FAILURES]
    ]
    more = len(failed) - len(lines)
    rest = f"<li>{more:,} more in manifest.jsonl</li>" if more > 0 else ""
    return f'<section class="panel"><h2>Failed</h2><ul>{"".join(lines)}{rest}</ul></section>\n'


def _pager(number: int, count: int) -> str:
    if count == 1:
        return ""
    near = [n for n in range(1, count + 1) if n in (1, count) or abs(n - number) <= 3]
    links = [f"<b>{n}</b>" if n == number else f'<a href="{page_name(n)}">{n}</a>' for n in near]
    return (
        f'<nav class="facts" aria-label="Pages">{"".join(f"<span>{x}</span>" for x in links)}</nav>'
    )


def _row(one: IndexItem) -> str:
    name = f"<bdi>{escape(shown(one.name))}</bdi>"
    if one.link:
        name = f'<a href="{escape(still_link(one.link))}">{name}</a>'
    lines = [f"<h2>{name}</h2>"]
    if one.state not in ("ok", "partial"):
        lines.append(f'<p class="bad">{escape(shown(_reason(one) or one.state))}</p>')
    else:
        lines.append(f'<p class="facts">{_facts(one)}</p>')
    notes = (_reason(one), *one.notes) if one.state == "partial" else one.notes
    lines += [f'<p class="mild">{escape(shown(note))}</p>' for note in notes]
    return f'<li class="input panel"><div>{"".join(lines)}</div>{_picture(one)}</li>\n'


def _reason(one: IndexItem) -> str:
    """Give the reason without the name that stands above it."""
    return one.reason.removeprefix(f"{one.name}: ")


def _facts(one: IndexItem) -> str:
    parts = [
        "" if one.duration_seconds is None else clock(one.duration_seconds, 1),
        counted(one.pick_count, "pick"),
        "" if one.best_score is None else f"best score <b>{one.best_score:.2f}</b>",
    ]
    return "".join(f"<span>{part}</span>" for part in parts if part)


def _picture(one: IndexItem) -> str:
    if not one.picture:
        return ""
    image = f'<img loading="lazy" height="110" src="{escape(still_link(one.picture))}" alt="Picks">'
    if one.link:
        image = f'<a href="{escape(still_link(one.link))}">{image}</a>'
    return f"<div>{image}</div>"
