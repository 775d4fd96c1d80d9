"""The component that shows a film: the frame that is looked at, the curve, the picks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from framepick.app.assets import text
from framepick.app.desk import Desk
from framepick.app.routes import address
from framepick.app.visits import Visit
from framepick.config import PickConfig, TimeRange
from framepick.outputs.report.page import script, stylesheet

_CHART = ("film.js", "draw.js", "paint.js", "chart.js", "input.js")
"""The scripts of the report that draw the curve and the filmstrip."""
_OURS = ("screen.js", "loupe.js", "tray.js", "ranges.js", "desk.js")


@dataclass(frozen=True, slots=True)
class Touched:
    """What a viewer did in the component since it was drawn last."""

    frame_index: int | None = None
    """The frame that is looked at now."""
    ranges: Mapping[str, Any] | None = None
    """Parts of the film to search, and to leave out."""


def _style() -> str:
    """The report's style sheet, for the component instead of a whole page."""
    report = stylesheet().replace(':root[data-theme="dark"]', '.desk[data-theme="dark"]')
    return report.replace(":root", ".desk") + text("film/desk.css")


_film = st.components.v2.component(
    "framepick_film",
    html=text("film/desk.html"),
    css=_style(),
    js=script(_CHART) + "\n".join(text(f"film/{name}") for name in _OURS),
)


def film_view(
    visit: Visit, name: str, desk: Desk, *, is_loupe: bool, touched: Callable[[Touched], None]
) -> None:
    """Draw a film; `name` is what the session calls it.

    What a viewer does is `touched` before the page is drawn again.
    """
    verdicts, rules = desk.verdicts, desk.verdicts.wanted.config.pick
    data: dict[str, Any] = {
        "url": f"{address(visit)}/film/{name}",
        "version": desk.view.shown.version,
        "look": desk.looked,
        "look_serial": desk.look_serial,
        "is_loupe": is_loupe,
        "kept": sorted(verdicts.kept),
        "pinned": sorted(verdicts.pinned),
        "stars": [[frame, stars] for frame, stars in sorted(verdicts.stars.items())],
        "ranges": ranges_shown(rules),
    }
    key = f"film-{name}-{desk.view.film.content}"
    tell = partial(_tell, key, touched)
    _film(key=key, data=data, on_frame_change=tell, on_ranges_change=tell, on_settled_change=tell)


def _tell(key: str, touched: Callable[[Touched], None]) -> None:
    state = st.session_state.get(key) or {}
    frame, ranges = state.get("frame"), state.get("ranges")
    is_frame, is_ranges = isinstance(frame, int), isinstance(ranges, dict)
    touched(Touched(frame if is_frame else None, ranges if is_ranges else None))


def ranges_shown(rules: PickConfig) -> dict[str, Any]:
    """Give the part that is searched and the parts left out, in seconds where they are."""
    first = rules.ranges[0] if rules.ranges else TimeRange()
    return {
        "start": first.start,
        "end": first.end,
        "excluded": [[one.start, one.end] for one in rules.excluded],
    }


def ranges_set(touched: Mapping[str, Any]) -> dict[str, Any]:
    """Read what was dragged, as fields of `PickConfig`.

    Raises
    ------
    ValueError
        It makes no sense.
    """
    try:
        start, end = (_seconds(touched.get(name)) for name in ("start", "end"))
        excluded = tuple(
            TimeRange(_seconds(first), _seconds(last)) for first, last in touched["excluded"]
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"no ranges: {error}") from None
    ranges = () if start is None and end is None else (TimeRange(start, end),)
    return {"ranges": ranges, "excluded": excluded}


def _seconds(value: Any) -> float | None:
    return None if value is None else max(0.0, float(value))
