"""The look of all pages."""

from __future__ import annotations

import streamlit as st

from framepick.app.assets import text

THEME = {
    "theme.baseRadius": "10px",
    "theme.buttonRadius": "8px",
    "theme.dark.primaryColor": "#4b93d6",
    "theme.dark.backgroundColor": "#131415",
    "theme.dark.secondaryBackgroundColor": "#1e2022",
    "theme.dark.textColor": "#ecedee",
    "theme.dark.borderColor": "#34373a",
    "theme.dark.sidebar.backgroundColor": "#18191b",
    "theme.light.primaryColor": "#1f5f99",
    "theme.light.backgroundColor": "#f7f7f6",
    "theme.light.secondaryBackgroundColor": "#ebebea",
    "theme.light.textColor": "#1a1b1d",
    "theme.light.borderColor": "#d9d9d7",
    "theme.light.sidebar.backgroundColor": "#efefed",
}
"""Colours as those of the report; the system says whether dark or light ones are shown."""


def style() -> None:
    """Add the style sheet of the pages."""
    st.html(f"<style>{text('theme.css')}</style>")
