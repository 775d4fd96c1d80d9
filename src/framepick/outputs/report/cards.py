"""Each pick beside its runner-up, as HTML."""

from __future__ import annotations

import os
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import quote

from framepick.outputs.report.pictures import data_url, size_of
from framepick.outputs.sentences import sentence
from framepick.outputs.text import clock, share, timecode_of
from framepick.results import Pick
from framepick.types import Moment

_STARS = 5
_NO_PICTURE = '<div class="empty">No picture of this frame</div>'


def card(
    pick: Pick,
    row: Mapping[str, Any],
    pictures: Mapping[Moment, bytes],
    alternates: str = "",
    heat_map: bytes | None = None,
) -> str:
    """HTML of one pick; `row` is its row in picks.json, `pictures` JPEG files of frames.

    `alternates` is HTML of frames that could stand for it, `heat_map` a JPEG file.
    """
    timecode = timecode_of(row, pick)
    shape = _shape(pick, pictures)
    return f"""<article class="card panel" id="pick-{pick.rank}"
aria-labelledby="title-{pick.rank}">
<header>
<h3 id="title-{pick.rank}"><span class="rank"><span class="skip">Pick </span>{pick.rank}</span>
{escape(timecode)}</h3>
{stars(row.get("rating"))}
<span class="score"><small>score</small>{pick.score:.2f}</span>
</header>
<div class="{shape}">
{_kept(pick, row, pictures, timecode)}
{_second(pick, row, pictures)}
</div>
{_heat(pick, heat_map)}{alternates}
<footer><p>{_standing(pick)}</p>{_link(row)}{_show(pick)}</footer>
</article>"""


def still_link(name: str) -> str:
    """Relative address of a file beside the page, whatever its name holds."""
    return "./" + quote(os.fsencode(name), safe="/")


def _kept(
    pick: Pick, row: Mapping[str, Any], pictures: Mapping[Moment, bytes], timecode: str
) -> str:
    image = _image(pictures.get(pick.moment), f"Pick {pick.rank}, {timecode}")
    still = row.get("still")
    if still:
        label = f"Open pick {pick.rank} in full size"
        image = f'<a href="{escape(still_link(still))}" aria-label="{label}">{image}</a>'
    why = "".join(f"<li>{escape(sentence(reason))}</li>" for reason in pick.reasons)
    return (
        f'<figure class="kept">{image}<figcaption><ul class="why">{why}</ul></figcaption></figure>'
    )


def _heat(pick: Pick, heat_map: bytes | None) -> str:
    """HTML of a heat map, to unfold."""
    if not heat_map:
        return ""
    image = _image(heat_map, f"Heat map of pick {pick.rank}")
    return f"""<details class="heat"><summary>What lifts and lowers the score</summary>
<figure>{image}
<figcaption class="reason">Orange lifts the score, blue lowers it.</figcaption></figure>
</details>
"""


def _second(pick: Pick, row: Mapping[str, Any], pictures: Mapping[Moment, bytes]) -> str:
    second = pick.runner_up
    if second is None:
        return ""
    second_row = row.get("runner_up") or {}
    timecode = str(second_row.get("timecode") or clock(second.moment.time_seconds, 3))
    image = _image(pictures.get(second.moment), f"Runner-up of pick {pick.rank}, {timecode}")
    return f"""<figure class="second">{image}<figcaption><b>Runner-up</b> {escape(timecode)},
score {second.score:.2f} <span class="reason">{escape(sentence(second.reason))}</span></figcaption>
</figure>"""


def _shape(pick: Pick, pictures: Mapping[Moment, bytes]) -> str:
    width, height = size_of(pictures[pick.moment]) if pick.moment in pictures else (16, 9)
    return "pair" + (" tall" if height > width else "")


def _image(jpeg: bytes | None, alt: str) -> str:
    if not jpeg:
        return _NO_PICTURE
    width, height = size_of(jpeg)
    return f'<img src="{data_url(jpeg)}" alt="{escape(alt)}" width="{width}" height="{height}">'


def _standing(pick: Pick) -> str:
    return escape(
        f"{_capital(share(pick.percentile_in_video))} of this video, "
        f"{share(pick.percentile)} of the reference pictures"
    )


def stars(rating: Any) -> str:
    """HTML of a rating of 0 to 5 stars; nothing for what is none."""
    if not isinstance(rating, int) or not 0 <= rating <= _STARS:
        return ""
    full, hollow = "★" * rating, "★" * (_STARS - rating)
    label = f"Rated {rating} of {_STARS}"
    return f'<span class="stars" role="img" aria-label="{label}">{full}<span>{hollow}</span></span>'


def _link(row: Mapping[str, Any]) -> str:
    still = row.get("still")
    if not still:
        return ""
    return f'<a href="{escape(still_link(still))}">Full size</a>'


def _show(pick: Pick) -> str:
    time = pick.moment.time_seconds
    return (
        f'<button class="show" data-from="{time:.5f}" data-to="{time:.5f}" '
        f'data-at="{time:.5f}" hidden>Show on the curve</button>'
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
