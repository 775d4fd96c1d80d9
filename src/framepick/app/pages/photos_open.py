"""Ways to open photos: dropped, or a folder of them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from framepick.app.album import PHOTOS, Album, Place
from framepick.app.drop import drop_zone
from framepick.app.pages.folders import folder_browser
from framepick.app.pages.session import plain, this_visit
from framepick.app.service import service
from framepick.cache import Cache, default_folder, default_limit
from framepick.errors import FramepickError
from framepick.outputs.text import counted
from framepick.sources.photo_files import PHOTOS as ENDINGS

_ENDINGS = tuple(sorted(ending.lstrip(".") for ending in ENDINGS))
_ERROR = "photos_error"


def opened_photos() -> Album | None:
    """Give the photos that are open."""
    album = this_visit().open.get(PHOTOS)
    return album if isinstance(album, Album) else None


def ways_in() -> bool:
    """Draw the ways to open photos; tell whether some were opened."""
    visit = this_visit()
    st.caption("Groups of similar photos, the best of each on top.")
    left, right = st.columns([1.15, 1], gap="medium")
    with left:
        dropped = drop_zone(visit, "Drop photos here", _ENDINGS, "photos-drop", many=True)
        trouble = st.empty()
        if dropped:
            files = [one for name in dropped.ids for one in _files(visit.folder / Path(name).name)]
            return _open(Place(counted(len(files), "photo"), tuple(files), is_upload=True))
    with right:
        st.markdown("###### Photos in")
        folder = folder_browser("photos", _ENDINGS, "photo", height=232)
        is_asked = st.button(
            "Sort these photos", type="primary", icon=":material/photo_library:",
            key="photos-open", width="stretch", help="Those in the folders below it, too.",
        )  # fmt: skip
    is_open = is_asked and _open_folder(folder)
    if error := st.session_state.get(_ERROR):
        trouble.error(plain(error), icon=":material/error:")
    return is_open


def _open_folder(folder: Path) -> bool:
    try:
        real = service().roots.resolve(folder)
    except FramepickError as error:
        st.session_state[_ERROR] = str(error)
        return False
    return _open(Place(real.name or str(real), (real,)))


def _open(place: Place) -> bool:
    app, visit = service(), this_visit()
    st.session_state[_ERROR] = ""
    try:
        cache = Cache(default_folder(), default_limit())
    except FramepickError as error:
        st.session_state[_ERROR] = str(error)
        return False
    is_allowed = _is_any if place.is_upload else app.roots.holds
    visit.replace(PHOTOS, Album(place, app.films.model, cache, is_allowed))
    return True


def _is_any(_: Path) -> bool:
    return True


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
