"""The look of all pages."""

from __future__ import annotations

import streamlit as st

from framepick.app.assets import text


def style() -> None:
    """Add the style sheet of the pages."""
    st.html(f"<style>{text('theme.css')}</style>")
