"""The first page: what the app can do, and the quickest ways to a first result."""

from __future__ import annotations

import streamlit as st

from framepick.app.pages import video
from framepick.app.pages.open_video import open_video, ways_in


def show() -> None:
    """Draw the page."""
    st.html(
        '<div class="hero"><h1>The best frames, in sight</h1>'
        "<p>framepick looks at every moment of a film and shows you the ones worth keeping. "
        "Nothing leaves this computer.</p></div>"
    )
    if opened := ways_in("home"):
        open_video(opened)
        st.switch_page(video.page())
