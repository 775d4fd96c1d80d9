"""The component that shows a whole page of ours, a live session or a map, within a page of the app.

The page within is as high as what is in it, and as dark or light as the page around it.
"""

from __future__ import annotations

import streamlit as st

from framepick.app.assets import text

_frame = st.components.v2.component(
    "framepick_frame", css=text("frame/frame.css"), js=text("frame/frame.js")
)


def framed(url: str, key: str, title: str, *, has_keys: bool = False) -> None:
    """Draw the page at `url`; if it `has_keys`, it hears the space bar wherever that is pressed."""
    _frame(key=key, data={"url": url, "title": title, "has_keys": has_keys})
