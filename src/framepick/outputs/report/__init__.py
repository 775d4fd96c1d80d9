"""The report of one video: a page that shows the film at a glance, and why each pick is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from framepick.outputs.previews import Previews
from framepick.outputs.report.alternates import alternates_of, how_to_swap, scenes
from framepick.outputs.report.cards import card, still_link
from framepick.outputs.report.figures import facts, figures, vetoed
from framepick.outputs.report.film import film
from framepick.outputs.report.page import embedded, page
from framepick.outputs.report.pictures import fitting_pictures, fitting_strip
from framepick.outputs.sentences import NO_PICKS, notes_on
from framepick.outputs.text import shown
from framepick.results import VideoResult
from framepick.timecode import timecodes

_SCRIPTS = ("theme.js", "film.js", "draw.js", "paint.js", "chart.js", "input.js", "start.js")

_CHART = Template("""<section aria-label="Score along the film">
<div class="chart panel">
<div class="chart-head">
<div class="legend" aria-hidden="true">$legend</div>
<div class="tools"><label><input type="checkbox" id="raw">Each frame's own score</label>
<button id="wider" aria-label="Zoom out">&minus;</button>
<button id="closer" aria-label="Zoom in">+</button>
<button id="whole" disabled>Whole film</button></div>
</div>
<div class="stage" id="stage">
<div class="plot" id="plot" tabindex="0" role="slider" aria-label="Frame of the film"
aria-describedby="hint" aria-valuemin="$begin" aria-valuemax="$end" aria-valuenow="$begin"
aria-valuetext="No frame chosen yet"><canvas id="curve"></canvas></div>
<div class="pins" id="pins"></div>
<div class="tip" id="tip" aria-hidden="true" hidden></div>
<canvas class="ribbon" id="ribbon" aria-hidden="true"></canvas>
<canvas class="map" id="map" aria-hidden="true"></canvas>
</div>
<p class="hint" id="hint"><span class="mouse">Point at the curve to see the film. Drag or turn the
wheel to zoom, double-click for all. Keys: arrows, + and &minus;; N and P for the next and previous
pick, Enter for its pictures.</span><span class="touch">Touch the curve to see the
film; pinch to zoom.</span></p>
<noscript><p class="note">The curve needs JavaScript; all else on this page works
without.</p></noscript>
</div>
</section>""")
_LEGEND = (
    ("curve", "Score, smoothed"),
    ("band", "Within one standard deviation"),
    ("pick", "Pick"),
    ("cut", "Cut"),
    ("veto", "Vetoed"),
    ("relative", "Vetoed at full size"),
)


def write_report(
    result: VideoResult,
    rows: Sequence[Mapping[str, Any]],
    previews: Previews,
    path: Path,
    beside: Sequence[str] = (),
) -> None:
    """Write the report to `path`: one HTML file that needs nothing but the stills beside it.

    Parameters
    ----------
    result
        What was found.
    rows
        The picks as they stand in picks.json, in the order of `result.picks`.
    previews
        Pictures of picks and, where there are some, of their runners-up, by moment.
    path
        Beside the stills, to which the page links by name.
    beside
        Names of other files of the result in the same folder, to be linked at the top.
    """
    strip, strip_size = fitting_strip(result.filmstrip)
    data = film(result, rows, strip, strip_size)
    name = shown(result.source.name)
    body = f"""<header class="top"><div><h1><bdi>{escape(name)}</bdi></h1>{facts(result)}
{_files(beside)}</div>
<button class="theme" id="theme" hidden>Theme</button></header>
<main id="content">
{_notes(result)}
{_chart(data)}
{_picks(result, rows, previews)}
{vetoed(result)}
{figures(result)}
</main>"""
    html = page(f"{name} - framepick", body, _SCRIPTS, embedded("film", data))
    path.write_text(html, encoding="utf-8")


def _files(names: Sequence[str]) -> str:
    links = (f'<a href="{escape(still_link(name))}">{escape(shown(name))}</a>' for name in names)
    return f'<p class="facts">{"".join(links)}</p>' if names else ""


def _notes(result: VideoResult) -> str:
    notes = (shown(note) for note in notes_on(result))
    return "".join(f'<p class="note">{escape(note)}</p>' for note in notes)


def _chart(data: Mapping[str, Any]) -> str:
    is_shown = {
        "pick": data["picks"],
        "cut": len(data["shots"]) > 1,
        "veto": data["vetoes"],
        "relative": data["relative_vetoes"],
    }
    legend = "".join(
        f'<span><i class="l-{kind}"></i>{text}</span>\n'
        for kind, text in _LEGEND
        if is_shown.get(kind, True)
    )
    return _CHART.substitute(legend=legend, begin="0", end=f"{data['length']:.3f}")


def _picks(result: VideoResult, rows: Sequence[Mapping[str, Any]], previews: Previews) -> str:
    if not result.picks:
        return f'<section><h2>Picks</h2><p class="reason">{NO_PICKS}</p></section>'
    pictures = fitting_pictures(result, previews)
    pairs = zip(result.picks, rows, strict=True)
    clock = timecodes(result.info, result.frame_times_seconds)
    cards = "\n".join(
        card(
            pick,
            row,
            pictures,
            alternates_of(result, pick.rank, clock),
            result.heat_maps.get(pick.moment),
        )
        for pick, row in pairs
    )
    return f"""<section><h2>Picks <small>in order of rank</small></h2>
<div class="picks">
{cards}
</div>{how_to_swap(result, clock)}</section>
{scenes(result, clock)}"""
