"""The best picks of all videos, as the first page over a batch shows them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from html import escape
from pathlib import Path

import cv2
import numpy as np

from framepick.files import whole_file
from framepick.outputs.best_folder import BestPick
from framepick.outputs.previews import small_jpeg
from framepick.outputs.report.cards import still_link
from framepick.outputs.result_folders import BEST_FOLDER, INDEX_PICTURES
from framepick.outputs.text import clock, counted, shown

_MOST = 60
_SIDE, _QUALITY = 480, 80
_PREFIX = "best-"


def best_section(picks: Sequence[BestPick], out: Path) -> str:
    """Give the HTML of the best picks, '' without any, and write the small pictures that it shows.

    Raises
    ------
    OutputError
        A picture cannot be written.
    """
    shown_picks = picks[:_MOST]
    pictures = [_small_picture(pick, out) for pick in shown_picks]
    _remove_others({name for name in pictures if name}, out / INDEX_PICTURES)
    if not picks:
        return ""
    cells = "\n".join(map(_cell, shown_picks, pictures))
    return f"""<section><h2>Best of all <small>{counted(len(picks), "still")} in the folder
<a href="{BEST_FOLDER}/">{BEST_FOLDER}</a></small></h2>
<ol class="wall">
{cells}
</ol></section>
"""


def _cell(pick: BestPick, picture: str | None) -> str:
    link = escape(still_link(f"{pick.folder}/{pick.still}"))
    image = '<span class="empty">No picture</span>'
    if picture:
        source = escape(still_link(f"{INDEX_PICTURES}/{picture}"))
        image = f'<img loading="lazy" src="{source}" alt="Best {pick.rank}">'
    source = escape(shown(pick.facts["source"]))
    return f"""<li class="shot panel"><a class="frame" href="{link}">{image}</a>
<p class="mark"><b class="rank">{pick.rank}</b>
<span class="score">{pick.facts["score_of_all"]:.2f}</span></p>
<p class="file"><bdi>{source}</bdi> {clock(pick.facts["time_seconds"], 1)}</p></li>"""


def _small_picture(pick: BestPick, out: Path) -> str | None:
    """Give the name of the small picture of a still, which is made if it is not there."""
    still = out / pick.folder / pick.still
    with suppress(OSError, cv2.error):
        facts = still.stat()
        key = f"{pick.folder}/{pick.still} {facts.st_mtime_ns} {facts.st_size}"
        name = f"{_PREFIX}{blake2b(key.encode(), digest_size=8).hexdigest()}.jpg"
        path = out / INDEX_PICTURES / name
        if path.is_file():
            return name
        if jpeg := _shrunk(still):
            with whole_file(path) as file:
                file.write_bytes(jpeg)
            return name
    return None


def _shrunk(still: Path) -> bytes | None:
    """Give a small JPEG file of a still; None where its format cannot be read here."""
    flat = np.frombuffer(still.read_bytes(), np.uint8)
    found = cv2.imdecode(flat, cv2.IMREAD_COLOR) if len(flat) else None
    if found is None:
        return None
    return small_jpeg(found[..., ::-1].astype(np.uint8), _SIDE, _QUALITY)


def _remove_others(names: set[str], folder: Path) -> None:
    for path in folder.glob(f"{_PREFIX}*.jpg"):
        if path.name not in names:
            with suppress(OSError):
                path.unlink()
