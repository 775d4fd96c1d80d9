"""The map of photos: similar ones close to each other, over how they score."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from framepick.app.album import Album
from framepick.app.album.mapping import AlbumMap
from framepick.app.film.shown import ChosenTaste
from framepick.app.frame import framed
from framepick.app.pages.session import plain, this_visit
from framepick.app.routes import address
from framepick.app.service import service
from framepick.files import printable
from framepick.mapping import FEWEST
from framepick.outputs.text import counted

_LOOK_SECONDS = 0.2
_FIRST = 2
"""Tastes that are compared before any is chosen."""


def photos_map(album: Album, beside: DeltaGenerator) -> None:
    """Draw the map, once it is laid out, and in the place `beside` the choice of tastes."""
    if len(album.clean) < FEWEST:
        st.info(
            f"A map needs {FEWEST} photos or more; {len(album.clean)} of these can be shown.",
            icon=":material/map:",
        )
        return
    with beside:
        tastes = _tastes()
    drawn = album.map_by([one.taste for one in tastes])
    _wait(drawn)
    if drawn.error:
        st.error(plain(drawn.error), icon=":material/error:")
        return
    url = f"{address(this_visit())}/album/{album.serial}/map?{drawn.serial}"
    framed(url, f"map-{album.serial}", "Map of the photos")


def _tastes() -> Sequence[ChosenTaste]:
    """Draw which tastes the photos are scored by beside the general score; give those."""
    known = service().tastes
    found = [one for path in known.own() if (one := known.find(path)) and one.taste.label]
    names = {one.path: printable(one.path.stem) for one in found}
    if not names:
        st.caption("Teach a taste under Your taste to see how its score lies over the map.")
        return ()
    chosen = st.pills(
        "Tastes beside the general score", list(names), default=list(names)[:_FIRST],
        format_func=names.__getitem__, selection_mode="multi", key="map-tastes",
        help="Each two are compared below the map: what one likes best, and what the other says "
        "of it.",
    )  # fmt: skip
    return [one for one in found if one.path in (chosen or ())]


def _wait(drawn: AlbumMap) -> None:
    text = f"Laying out {counted(len(drawn.mapped.photos), 'photo')} by what they show"
    with st.spinner(text, show_time=True):
        line = st.empty()
        while not drawn.wait(_LOOK_SECONDS):
            line.empty()  # here the page may go on to something else
