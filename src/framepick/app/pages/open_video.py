"""Ways to open a film: dropped, from a folder, from before, or the sample."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from framepick.app.drop import drop_zone
from framepick.app.film import View, Wanted
from framepick.app.pages.session import plain, this_visit
from framepick.app.service import service
from framepick.errors import FramepickError

VIDEO = "video"
"""What the session calls the film that is open."""
ENDINGS = (
    "mp4", "mov", "mkv", "m4v", "webm", "avi", "mts", "m2ts", "ts", "mpg", "mpeg", "3gp", "mxf",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chosen:
    """A film that was chosen."""

    path: Path
    name: str
    is_upload: bool = False


def opened_video() -> View | None:
    """Give the film that is open."""
    view = this_visit().open.get(VIDEO)
    return view if isinstance(view, View) else None


def open_video(chosen: Chosen) -> None:
    """Open a film in place of the one before; what goes wrong is shown when the page is drawn."""
    visit = this_visit()
    try:
        films = service().films
        view = films.open(chosen.path, chosen.name, Wanted(), is_passing=chosen.is_upload)
        visit.replace(VIDEO, view)
        st.session_state["video_error"] = ""
    except FramepickError as error:
        visit.replace(VIDEO, None)
        st.session_state["video_error"] = str(error).replace(str(chosen.path), chosen.name)


def ways_in(key: str) -> Chosen | None:
    """Draw the ways to open a film; give the one that was taken."""
    if error := st.session_state.get("video_error"):
        st.error(plain(error))
    visit = this_visit()
    dropped = drop_zone(visit, "Drop a video here", ENDINGS, f"{key}-drop")
    if dropped:
        return _uploaded(visit.folder / Path(dropped.ids[0]).name)
    with st.form(f"{key}-path", border=False):
        left, right = st.columns([5, 1], vertical_alignment="bottom")
        name = left.text_input(
            "Or a file on this computer", placeholder=str(service().roots.folders[0])
        )
        if right.form_submit_button("Open", width="stretch") and name:
            return _local(name)
    return None


def _uploaded(folder: Path) -> Chosen | None:
    found = [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
    return Chosen(found[0], found[0].name, is_upload=True) if found else None


def _local(name: str) -> Chosen | None:
    try:
        path = service().roots.resolve(name)
    except FramepickError as error:
        st.error(plain(str(error)))
        return None
    return Chosen(path, path.name)
