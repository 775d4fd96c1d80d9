"""Ways to open a film: dropped, from a folder, from before, or the sample."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import streamlit as st

from framepick.app.desk import Desk
from framepick.app.drop import drop_zone
from framepick.app.pages.folders import file_browser
from framepick.app.pages.session import key_of, plain, this_visit
from framepick.app.sample import NAME, sample
from framepick.app.service import service
from framepick.config import VideoConfig
from framepick.errors import FramepickError

VIDEO = "video"
"""What the session calls the film that is open."""
ENDINGS = (
    "mp4", "mov", "mkv", "m4v", "webm", "avi", "mts", "m2ts", "ts", "mpg", "mpeg", "3gp", "mxf",
)  # fmt: skip


def opened_video() -> Desk | None:
    """Give the film that is open."""
    desk = this_visit().open.get(VIDEO)
    return desk if isinstance(desk, Desk) else None


def open_video(
    path: Path, name: str, *, is_upload: bool = False, config: VideoConfig | None = None
) -> bool:
    """Open a film in place of the one before; tell whether that went well.

    Of a film about which nothing was decided frames are chosen by `config`, by the taste that it
    names as well if that is one of the user's.

    What went wrong is shown by `ways_in`.
    """
    visit, app = this_visit(), service()
    visit.replace(VIDEO, None)
    st.session_state["video_error"] = ""
    try:
        wanted = app.tastes.wanted(config) if config else None
        desk = Desk(app.films, app.memory, path, name, is_upload=is_upload, wanted=wanted)
        visit.replace(VIDEO, desk)
    except FramepickError as error:
        st.session_state["video_error"] = str(error).replace(str(path), name)
        return False
    return True


def ways_in(key: str) -> bool:
    """Draw the ways to open a film; tell whether one was opened."""
    visit = this_visit()
    left, right = st.columns([1.15, 1], gap="medium")
    with left:
        dropped = drop_zone(visit, "Drop a video here", ENDINGS, f"{key}-drop")
        is_open = dropped is not None and _open_upload(visit.folder / Path(dropped.ids[0]).name)
        is_open |= _try_sample(key)
        trouble = st.empty()
    with right:
        st.markdown("###### On this computer")
        if chosen := file_browser(key, ENDINGS, height=210):
            is_open |= open_video(chosen, chosen.name)
        is_open |= _named(key)
    is_open = is_open or _recent(key)
    if error := st.session_state.get("video_error"):
        trouble.error(plain(error), icon=":material/error:")
    return is_open


def _try_sample(key: str) -> bool:
    path = sample()
    if path is None:
        return False
    text = "Try it on a sample"
    is_asked = st.button(text, icon=":material/play_circle:", key=f"{key}-sample", width="stretch")
    return is_asked and open_video(path, NAME)


def _named(key: str) -> bool:
    with st.form(f"{key}-path", border=False):
        left, right = st.columns([4, 1], vertical_alignment="bottom")
        name = left.text_input(
            "Path of a video", placeholder="or the path of a video", label_visibility="collapsed"
        )
        return right.form_submit_button("Open", width="stretch") and _open_named(name)


def _recent(key: str) -> bool:
    """Draw what was open before."""
    recent = [one for one in service().memory.recent() if _is_allowed(one.path)][:6]
    if not recent:
        return False
    st.markdown("###### Recent")
    columns = st.columns(6)
    for column, one in zip(columns, recent, strict=False):
        with column.container(key=f"recent-{key}-{recent.index(one)}"):
            if picture := service().memory.picture(one.content):
                st.image(picture, width="stretch")
            name = Path(one.path).name
            if st.button(plain(name), key=f"{key}-recent-{key_of(one.path)}", width="stretch"):
                return open_video(Path(one.path), name)
    return False


def _is_allowed(path: str) -> bool:
    with suppress(FramepickError):
        service().roots.resolve(path)
        return True
    return False


def _open_upload(folder: Path) -> bool:
    found = [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
    return bool(found) and open_video(found[0], found[0].name, is_upload=True)


def _open_named(name: str) -> bool:
    if not name.strip():
        return False
    try:
        path = service().roots.resolve(name)
    except FramepickError as error:
        st.session_state["video_error"] = str(error)
        return False
    return open_video(path, path.name)
