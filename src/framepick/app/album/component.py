"""The component that shows photos: a wall of groups, and photos side by side."""

from __future__ import annotations

import streamlit as st

from framepick.app.album.album import Album
from framepick.app.assets import text
from framepick.app.routes import address
from framepick.app.visits import Visit

ORDERS = {"best": "Best first", "time": "Time taken", "name": "Name", "size": "Largest groups"}
"""Orders of groups, and what they are called."""

_album = st.components.v2.component(
    "framepick_album",
    html=text("album/album.html"),
    css=text("album/album.css"),
    js="\n".join(text(f"album/{name}.js") for name in ("compare", "wall", "album")),
)


def album_view(visit: Visit, album: Album, *, order: str, min_stars: int) -> None:
    """Draw the groups whose best has so many stars or more, in one of the `ORDERS`."""
    data = {
        "url": f"{address(visit)}/album/{album.serial}",
        "version": album.version,
        "order": order,
        "least": min_stars,
    }
    _album(key=f"album-{album.serial}", data=data)
