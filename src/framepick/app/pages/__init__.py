"""The pages, and the way between them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from framepick.app.pages.registry import entries
from framepick.app.theme import style

ICON = Path(__file__).parents[1] / "icon.png"


def show() -> None:
    """Draw the page that is asked for."""
    st.set_page_config("framepick", page_icon=str(ICON), layout="wide")
    style()
    st.navigation([entry.page() for entry in entries()], position="top").run()
