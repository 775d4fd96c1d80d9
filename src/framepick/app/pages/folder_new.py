"""What starts a batch: which folder, where results go, and what is picked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import streamlit as st

from framepick.app.batches import Job, Request
from framepick.app.pages.folders import folder_browser, folder_field
from framepick.app.pages.open_video import ENDINGS
from framepick.app.pages.session import plain
from framepick.app.pages.video_settings import MOST_PICKS, PREFERENCES
from framepick.app.service import service
from framepick.errors import FramepickError
from framepick.files import printable

_PLANS = {"auto": "Auto", "fast": "Fast", "exact": "Exact"}
_RESULTS = "picks"
"""Name of the folder of results that is proposed."""


def new_batch() -> Job | None:
    """Draw what a batch needs to know; give the batch once it is started."""
    st.caption("The best frames of every video in a folder and the folders below it.")
    left, right = st.columns([1.2, 1], gap="medium")
    with left:
        st.markdown("###### Videos in")
        folder = folder_browser("batch", ENDINGS, "video", height=216)
        out = folder_field("Results go to", f"batch-out-{printable(folder)}", folder / _RESULTS)
    with right:
        st.markdown("###### What to pick")
        values = _settings()
        is_asked = st.button(
            "Start", type="primary", icon=":material/play_arrow:", width="stretch",
            key="batch-start",
        )  # fmt: skip
    return _started(folder, out, values) if is_asked else None


def _settings() -> dict[str, Any]:
    cores = os.cpu_count() or 1
    picks, best = st.columns(2)
    values: dict[str, Any] = {
        "count": picks.slider("Picks of each video", 1, MOST_PICKS, 5, key="batch-count"),
        "best": best.number_input(
            "Best of all", 0, 4096, 0, key="batch-best",
            help="So many of the best picks of all videos, varied, also go to a folder of their "
            "own. 0 for none.",
        ) or None,
        "prefer": st.segmented_control(
            "Prefer", list(PREFERENCES), default="auto", width="stretch",
            format_func=PREFERENCES.__getitem__, key="batch-prefer",
            help="What decides between frames that are as good as each other. Auto: a good face, "
            "where there is one.",
        ) or "auto",
        "plan": st.segmented_control(
            "Search", list(_PLANS), default="auto", width="stretch",
            format_func=_PLANS.__getitem__, key="batch-plan",
            help="Exact scores every frame, Fast only key frames and the promising stretches "
            "between them. Auto is Fast for videos of a minute and more.",
        ) or "auto",
    }  # fmt: skip
    if cores > 1:
        values["jobs"] = st.slider(
            "Videos at a time", 1, cores, cores, key="batch-jobs",
            help="Fewer leave more of this computer to other work.",
        )  # fmt: skip
    values["has_reports"] = st.toggle(
        "A report for each video", key="batch-reports",
        help="With the curve and a contact sheet; it takes longer. Without it each video can "
        "still be opened here.",
    )  # fmt: skip
    return values


def _started(folder: Path, out: str, values: dict[str, Any]) -> Job | None:
    app = service()
    try:
        places = app.roots.resolve(folder), app.roots.resolve(out or folder / _RESULTS)
        return app.batches.start(Request(*places, **values))
    except FramepickError as error:
        st.error(plain(str(error)), icon=":material/error:")
    return None
