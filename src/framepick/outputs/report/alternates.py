"""Frames beside the picks, small, as HTML: alternates below each pick, and the other scenes."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from framepick.outputs.report.pictures import candidate_picture, data_url, size_of
from framepick.outputs.text import counted
from framepick.results import Candidate, VideoResult
from framepick.timecode import Timecodes

_MOST_SCENES = 48
"""Scenes that a page shows, the best; candidates.csv has all of them."""


def alternates_of(result: VideoResult, rank: int, clock: Timecodes) -> str:
    """HTML of the alternates of a pick; '' where there are none."""
    found = [one for one in _alternates(result) if one.of_rank == rank]
    if not found:
        return ""
    label = f"Alternates of pick {rank}"
    return f"""<section class="others" aria-label="{label}"><h4>Alternates</h4>
{_row(result, found, clock)}</section>"""


def how_to_swap(result: VideoResult, clock: Timecodes) -> str:
    """HTML that tells how one of the candidates takes the place of a pick; '' without any."""
    found = _alternates(result)
    if not found:
        return ""
    timecode = clock.text_at(found[0].moment.time_seconds)
    call = f"framepick repick . --swap {found[0].of_rank}={timecode}"
    return f"""<p class="hint">In this folder, <code>{escape(call)}</code> takes that frame instead;
<code>--veto</code>, <code>--pin</code> and <code>-n</code> choose anew without searching again.</p>
"""


def scenes(result: VideoResult, clock: Timecodes) -> str:
    """HTML of the best frames of scenes that no pick is from; '' where there are none."""
    found = [one for one in result.candidates if one.kind == "scene"]
    if not found:
        return ""
    best = sorted(found, key=lambda one: -one.score)[:_MOST_SCENES]
    in_time = sorted(best, key=lambda one: one.moment.time_seconds)
    shown = "the best of each, in order of time"
    if len(found) > len(best):
        shown = f"the {len(best)} best of {counted(len(found), 'scene')}, in order of time"
    return f"""<section class="others scenes" id="scenes">
<h2>Other scenes <small>{shown}</small></h2>
<div class="panel">{_row(result, in_time, clock)}</div></section>"""


def _alternates(result: VideoResult) -> list[Candidate]:
    return [one for one in result.candidates if one.kind == "alternate"]


def _row(result: VideoResult, candidates: Sequence[Candidate], clock: Timecodes) -> str:
    items = "\n".join(_item(result, one, clock) for one in candidates)
    return f'<ol class="beside">{items}</ol>'


def _item(result: VideoResult, one: Candidate, clock: Timecodes) -> str:
    timecode = clock.text_at(one.moment.time_seconds)
    return f"""<li>{_image(result, one, timecode)}<span class="num">{escape(timecode)}</span>
<small>{one.score:.2f}</small></li>"""


def _image(result: VideoResult, one: Candidate, timecode: str) -> str:
    jpeg = candidate_picture(result, one)
    if not jpeg:
        return '<div class="empty">No picture</div>'
    width, height = size_of(jpeg)
    alt = f"Scene {one.scene}, {timecode}"
    size = f'width="{width}" height="{height}" loading="lazy"'
    return f'<img src="{data_url(jpeg)}" alt="{escape(alt)}" {size}>'
