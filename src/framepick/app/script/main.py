"""The app's pages; Streamlit runs this file for every visitor and every click."""

from __future__ import annotations

from framepick.app.pages import show

show()
