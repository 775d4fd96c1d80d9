"""The component that shows a live session: its own page, within the page of the app."""

from __future__ import annotations

import streamlit as st

from framepick.app.assets import text

_frame = st.components.v2.component(
    "framepick_camera", css=text("camera/frame.css"), js=text("camera/frame.js")
)


def live_view(url: str, key: str) -> None:
    """Draw the session that is shown at `url`, which ends with a slash."""
    _frame(key=key, data={"url": url})
