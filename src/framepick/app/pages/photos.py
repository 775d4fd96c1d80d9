"""Photos: groups of similar ones, the best of each on top, to be compared and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import streamlit as st

from framepick.app.album import PHOTOS, Album
from framepick.app.album.component import ORDERS, album_view
from framepick.app.pages.photos_map import photos_map
from framepick.app.pages.photos_open import opened_photos, ways_in
from framepick.app.pages.photos_taste import taste_round
from framepick.app.pages.photos_write import OPEN, write_drawer
from framepick.app.pages.session import plain, this_visit
from framepick.collection import PhotoCollection, PhotoFailure
from framepick.outputs.text import counted

Choice = TypeVar("Choice", int, str)

_LOOK_SECONDS = 0.3
_GROUPS, _MAP, _TASTE = "Groups", "Map", "Your taste"
_STARS = {1: "All", 3: "★ 3", 4: "★ 4", 5: "★ 5"}


def show() -> None:
    """Draw the page."""
    album = opened_photos()
    if album is None:
        st.title("Photos")
        if ways_in():
            st.rerun()
    elif album.is_busy:
        _wait(album)
    elif album.error or album.collection is None:
        _header(album, "")
        st.error(plain(album.error), icon=":material/error:")
    else:
        _photos(album, album.collection)


def _wait(album: Album) -> None:
    """Look after photos until they are measured."""
    _header(album, "every photo is looked at")
    bar = st.progress(0.0)

    @st.fragment(run_every=_LOOK_SECONDS)
    def look() -> None:
        if not album.is_busy:
            st.rerun()
        done, total = album.done, album.total
        text = f"{done:,} of {counted(total, 'photo')}" if total else "Looking for photos"
        bar.progress(done / total if total else 0.0, text)

    look()


def _photos(album: Album, collection: PhotoCollection) -> None:
    groups = sum(len(group) > 1 for group in collection.groups)
    facts = [counted(len(collection.photos), "photo")]
    facts += [f"{counted(groups, 'group')} of similar ones"] if groups else []
    if _header(album, " · ".join(facts), can_write=True):
        st.session_state[OPEN] = album.serial
    first, beside = st.columns([1, 2.8], gap="medium")
    with first:
        view = _one("View", {one: one for one in (_GROUPS, _MAP, _TASTE)}, _GROUPS, "view")
    least, order = 1, "best"
    if view == _GROUPS:
        with beside:
            least, order = _choices()
    if st.session_state.get(OPEN) == album.serial:
        write_drawer(album, least)
    if view == _TASTE:
        taste_round(album)
    elif view == _MAP:
        photos_map(album, beside)
    elif collection.photos:
        album_view(this_visit(), album, order=order, min_stars=least)
    else:
        st.info("None of these photos can be read.")
    _failures(collection.failures)


def _choices() -> tuple[int, str]:
    """Draw the threshold and the order of groups."""
    first, second = st.columns([1, 1.8], gap="medium")
    with first:
        tip = (
            "Stars by the place among these photos and photographs at large. A group has those "
            "of its best."
        )
        least = _one("At least", _STARS, 1, "least", tip)
    with second:
        order = _one("Order", ORDERS, "best", "order")
    return least, order


def _one(
    label: str, names: Mapping[Choice, str], first: Choice, key: str, tip: str | None = None
) -> Choice:
    chosen = st.segmented_control(
        label, list(names), default=first, format_func=names.__getitem__, required=True,
        key=f"photos-{key}", width="stretch", help=tip,
    )  # fmt: skip
    return first if chosen is None else chosen


def _header(album: Album, facts: str, *, can_write: bool = False) -> bool:
    """Draw what is open; tell whether something is to be written of it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        text = f"**{plain(album.place.name)}** &ensp; :small[:gray[{plain(facts)}]]"
        st.markdown(text, width="stretch")
        is_asked = can_write and st.button(
            "Keep the best", icon=":material/download:", type="primary", key="photos-write"
        )
        if st.button("Other photos", icon=":material/arrow_back:", key="photos-close"):
            this_visit().replace(PHOTOS, None)
            st.rerun()
    return is_asked


def _failures(failures: Sequence[PhotoFailure]) -> None:
    if failures:
        with st.expander(f"{len(failures):,} not read", icon=":material/warning:"):
            for one in failures[:200]:
                st.caption(plain(f"{one.path.name}: {one.error.partition(': ')[2]}"))
