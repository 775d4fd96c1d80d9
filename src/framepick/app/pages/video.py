"""A film: its curve, the frame that is looked at, the picks, and what can be done with them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from framepick.app.desk import Desk
from framepick.app.film.component import Touched, film_view, ranges_set
from framepick.app.pages.export import OPEN, export
from framepick.app.pages.open_video import VIDEO, opened_video, ways_in
from framepick.app.pages.session import plain, this_visit
from framepick.app.pages.video_details import details
from framepick.app.pages.video_settings import settings
from framepick.app.verdicts import Verdicts, with_settings
from framepick.outputs.text import clock, rate, size
from framepick.results import VideoResult
from framepick.types import VideoInfo


def show() -> None:
    """Draw the page."""
    desk = opened_video()
    if desk is None:
        st.title("Video")
        if ways_in("video"):
            st.rerun()
        return
    with st.sidebar:
        settings(desk)
    _film(desk)


@st.fragment
def _film(desk: Desk) -> None:
    shown = desk.view.shown
    _header(desk, shown.info)
    desk.note_opened()
    if shown.error:
        st.error(plain(desk.message(shown.error)), icon=":material/error:")
    film, side = st.columns([3.4, 1], gap="medium")
    with film:
        is_loupe = bool(st.session_state.get("loupe"))
        film_view(this_visit(), VIDEO, desk, is_loupe=is_loupe, touched=partial(_take, desk))
    with side:
        details(desk)


def _take(desk: Desk, touched: Touched) -> None:
    """Note what was touched in the film."""
    if touched.frame_index is not None:
        desk.look(touched.frame_index)
    if touched.ranges is not None:
        with suppress(ValueError):  # no viewer can drag such ranges
            desk.decide(partial(_with_ranges, ranges_set(touched.ranges)))


def _with_ranges(parts: dict[str, Any], verdicts: Verdicts, _: VideoResult) -> Verdicts:
    config = verdicts.wanted.config
    return with_settings(verdicts, replace(config, pick=replace(config.pick, **parts)))


def _header(desk: Desk, info: VideoInfo | None) -> None:
    facts = _facts(info) if info else "opening"
    is_ready = desk.view.shown.is_final and bool(desk.result and desk.result.picks)
    with st.container(horizontal=True, vertical_alignment="center"):
        text = f"**{plain(desk.name)}** &ensp; :small[:gray[{facts}]]"
        st.markdown(text, width="stretch")
        if st.button(
            "Export", icon=":material/download:", type="primary", key="export",
            disabled=not is_ready,
        ):  # fmt: skip
            st.session_state[OPEN] = desk.view.film.content
        if st.button("Another video", icon=":material/arrow_back:", key="close"):
            this_visit().replace(VIDEO, None)
            st.rerun()
    if st.session_state.get(OPEN) == desk.view.film.content and is_ready:
        export(desk)


def _facts(info: VideoInfo) -> str:
    length, speed = clock(info.duration_seconds or 0.0, 1), rate(info)
    parts = [length, size(info), info.codec, f"{speed} frames per second" if speed else ""]
    return plain(" · ".join(part for part in parts if part))
