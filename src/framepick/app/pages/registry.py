"""All pages of the app, in the order in which they are named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import StreamlitPage


@dataclass(frozen=True, slots=True)
class Entry:
    """A page, as it is named in the menu and on the first page."""

    title: str
    icon: str
    """Name of a Material symbol."""
    text: str
    """What it is for, in a few words; '' for the first page itself."""
    show: Callable[[], None]
    """Draws it."""

    @property
    def name(self) -> str:
        """Its part of the address."""
        return self.title.lower()

    def page(self) -> StreamlitPage:
        """Give the page, to be linked to."""
        return st.Page(
            self.show,
            title=self.title,
            icon=f":material/{self.icon}:",
            url_path=self.name,
            default=not self.text,
        )


def entries() -> list[Entry]:
    """Give all pages, the first one first."""
    from framepick.app.pages import camera, folder, home, photos, video  # they link to each other

    return [
        Entry("Home", "home", "", home.show),
        Entry("Video", "movie", "See a film's curve and its best frames.", video.show),
        Entry("Photos", "photo_library", "Sort photos and keep the best.", photos.show),
        Entry("Camera", "videocam", "Keep the best moments of a live picture.", camera.show),
        Entry("Folder", "folder", "Pick from every video in a folder.", folder.show),
    ]


def page_of(title: str) -> StreamlitPage:
    """Give the page of a title."""
    return next(one for one in entries() if one.title == title).page()
