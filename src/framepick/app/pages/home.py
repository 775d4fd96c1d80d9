"""The first page: what the app can do, and the quickest ways to a first result."""

from __future__ import annotations

import streamlit as st

from framepick.app.pages.open_video import ways_in
from framepick.app.pages.registry import entries, page_of


def show() -> None:
    """Draw the page."""
    st.html(
        '<div class="hero"><h1>The best frames of everything you filmed</h1>'
        "<p>Every moment is looked at, on this computer only.</p></div>"
    )
    tiles = [entry for entry in entries() if entry.text]
    with st.container(key="tiles"):
        for column, entry in zip(st.columns(len(tiles)), tiles, strict=True):
            with column.container(border=True, key=f"tile-{entry.name}"):
                st.page_link(entry.page(), label=f"**{entry.title}**", width="stretch")
                st.caption(entry.text)
    if ways_in("home"):
        st.switch_page(page_of("Video"))
