"""The drop zone: sends files straight to disk, piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from framepick.app.assets import text
from framepick.app.routes import address
from framepick.app.service import service
from framepick.app.uploads import size_text
from framepick.app.visits import Visit

_drop = st.components.v2.component(
    "framepick_drop", css=text("drop/drop.css"), js=text("drop/drop.js")
)


@dataclass(frozen=True, slots=True)
class Dropped:
    """Files that have come, by their places in the folder of the session."""

    ids: tuple[str, ...]


def drop_zone(
    visit: Visit, what: str, endings: Sequence[str], key: str, *, many: bool = False
) -> Dropped | None:
    """Draw a drop zone for one file, or `many`; give the files once they have come."""
    limit = service().uploads.limit_bytes
    data = {
        "url": f"{address(visit)}/upload",
        "what": what,
        "accept": [f".{ending}" for ending in endings],
        "many": many,
        "limit": limit,
        "limit_text": size_text(limit),
    }
    result = _drop(key=key, data=data, on_sent_change=lambda: None)
    ids = result.get("sent")
    return Dropped(tuple(map(str, ids))) if isinstance(ids, list) and ids else None
