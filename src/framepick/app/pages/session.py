"""The browser session that a page is drawn for."""

from __future__ import annotations

import os
import re
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from framepick.app.service import service
from framepick.app.visits import Visit
from framepick.files import printable


def this_visit() -> Visit:
    """Give the session of the browser that the page is drawn for; it begins with the first page."""
    token = st.session_state.get("visit")
    visit = service().visits.get(token) if token else None
    if visit is None:
        context = get_script_run_ctx()
        visit = service().visits.begin(context.session_id if context else "")
        st.session_state["visit"] = visit.token
        service().films.prepare()
    return visit


def key_of(path: Path | str) -> str:
    """Give what a widget of a path may be known by, whatever bytes its name is made of."""
    return os.fsencode(path).hex()


def plain(text: str) -> str:
    """Escape text so that Markdown shows it as it is, on one line; names may not be UTF-8."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(printable(text).split()))
