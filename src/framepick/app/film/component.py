"""The component that shows a film: the frame that is looked at, the curve, the picks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from framepick.app.assets import text
from framepick.app.film.film import View
from framepick.app.routes import address
from framepick.app.visits import Visit
from framepick.outputs.report.page import script, stylesheet

_CHART = ("film.js", "draw.js", "paint.js", "chart.js", "input.js")
"""The scripts of the report that draw the curve and the filmstrip."""
_OURS = ("film/screen.js", "film/tray.js", "film/desk.js")


@dataclass(frozen=True, slots=True)
class Touched:
    """What a viewer did in the component."""

    frame_index: int | None = None
    """The frame that is looked at."""


def _style() -> str:
    """The report's style sheet, for the component instead of a whole page."""
    report = stylesheet().replace(':root[data-theme="dark"]', '.desk[data-theme="dark"]')
    return report.replace(":root", ".desk") + text("film/desk.css")


_film = st.components.v2.component(
    "framepick_film",
    html=text("film/desk.html"),
    css=_style(),
    js=script(_CHART) + "\n".join(map(text, _OURS)),
)


def film_view(visit: Visit, name: str, view: View, key: str) -> Touched:
    """Draw what `view` shows, and give what was clicked; `name` is what the session calls it."""
    data: dict[str, Any] = {
        "url": f"{address(visit)}/film/{name}",
        "version": view.shown.version,
    }
    result = _film(
        key=key,
        data=data,
        on_frame_change=lambda: None,
        on_settled_change=lambda: None,
    )
    frame = result.get("frame")
    return Touched(frame if isinstance(frame, int) else None)
