"""A film: its curve, the frame that is looked at, the picks, and the settings of the choice."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from framepick.app.film import View, Wanted
from framepick.app.film.component import film_view
from framepick.app.pages.open_video import VIDEO, open_video, opened_video, ways_in
from framepick.app.pages.session import plain, this_visit
from framepick.outputs.text import clock, rate, size
from framepick.types import VideoInfo


def page() -> StreamlitPage:
    """Give the page, to switch to."""
    return st.Page(show, title="Video", icon=":material/movie:", url_path="video")


def show() -> None:
    """Draw the page."""
    view = opened_video()
    if view is None:
        st.title("Video")
        if chosen := ways_in("video"):
            open_video(chosen)
            st.rerun()
        return
    _film(view)


@st.fragment
def _film(view: View) -> None:
    shown = view.shown
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.markdown(f"### {plain(view.name)}")
    if shown.info:
        left.caption(_facts(shown.info))
    if right.button("Close", icon=":material/close:", width="stretch"):
        this_visit().replace(VIDEO, None)
        st.rerun()
    settings, film = st.columns([1, 4])
    with settings:
        _settings(view)
    with film:
        if shown.error:
            st.error(plain(shown.error.replace(str(view.film.path), view.name)))
        film_view(this_visit(), VIDEO, view, "film")


def _settings(view: View) -> None:
    config = view.wanted.config
    count = st.slider("Picks", 1, 30, config.pick.count, key="count")
    gap = st.slider("Seconds apart", 0.0, 10.0, 1.0, 0.1, key="gap")
    variety = st.slider("Variety", 0.0, 1.0, config.pick.variety, 0.05, key="variety")
    pick = replace(config.pick, count=count, min_gap_seconds=gap, variety=variety)
    if pick != config.pick:
        view.want(Wanted(replace(config, pick=pick), view.wanted.kept))


def _facts(info: VideoInfo) -> str:
    length = clock(info.duration_seconds or 0.0, 1)
    parts = [
        length,
        size(info),
        info.codec,
        f"{rate(info)} frames per second" if rate(info) else "",
    ]
    return plain(" · ".join(part for part in parts if part))
