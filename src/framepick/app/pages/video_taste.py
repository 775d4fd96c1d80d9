"""The choice of a taste that the frames of a film are scored by."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from framepick.app.desk import Desk
from framepick.app.pages.folders import file_browser
from framepick.app.pages.session import plain
from framepick.app.service import service
from framepick.errors import FramepickError
from framepick.files import printable
from framepick.outputs.taste_words import why_not_used
from framepick.taste.files import SUFFIX

_HELP = (
    "Moves the score of each frame by what you like and dislike. Teach a taste in Photos, under "
    "Your taste, or with framepick taste learn."
)


def taste_choice(desk: Desk) -> None:
    """Draw which taste moves the scores; another one is chosen by at once."""
    chosen = desk.verdicts.wanted.taste
    before = chosen.path if chosen else None
    path = _selected(desk, before)
    with st.popover("From a file", icon=":material/folder_open:", width="stretch"):
        found = file_browser("taste", (SUFFIX.lstrip("."),), icon="favorite", height=200)
    if _take(desk, found or path) and found:
        desk.serial += 1
        st.rerun()
    taste = desk.verdicts.wanted.taste
    if taste and taste.taste.label is None:
        st.caption(plain(why_not_used(taste.taste.card)))


def _selected(desk: Desk, before: Path | None) -> Path | None:
    own = service().tastes.own()
    options = [None, *own, *([before] if before and before not in own else [])]
    chosen: Path | None = st.selectbox(
        "Taste", options, options.index(before), format_func=_name, help=_HELP,
        key=f"taste-{desk.view.film.content}-{desk.serial}",
    )  # fmt: skip
    return chosen


def _name(path: Path | None) -> str:
    return printable(path.stem) if path else "None"


def _take(desk: Desk, path: Path | None) -> bool:
    """Score by the taste of a file as it is now; tell whether it can be used."""
    try:
        desk.use_taste(service().tastes.load(path) if path else None)
    except FramepickError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return False
    return True
