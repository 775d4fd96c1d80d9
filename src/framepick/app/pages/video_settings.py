"""The settings of the choice, each felt at once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from framepick.app.desk import Desk
from framepick.app.pages.video_taste import taste_choice
from framepick.app.verdicts import Verdicts, take_back
from framepick.config import PickConfig, VideoConfig
from framepick.outputs.text import clock, counted
from framepick.results import VideoResult

MOST_PICKS = 60
PREFERENCES = {"auto": "Auto", "people": "People", "scenery": "Scenery"}
RATIOS = ("16:9", "4:3", "1:1", "4:5", "9:16")


def settings(desk: Desk) -> None:
    """Draw the settings of a film's choice; a change is chosen anew at once."""
    st.markdown("##### What to pick")
    config = desk.verdicts.wanted.config
    new = _read(config, f"{desk.view.film.content}-{desk.serial}")
    if new != config:
        desk.set_up(new)
    taste_choice(desk)
    _left_out(desk)


def _read(config: VideoConfig, key: str) -> VideoConfig:
    """Draw the settings as they are; give them as they are now."""
    rules = config.pick
    values: dict[str, Any] = {
        "count": st.slider("Picks", 1, MOST_PICKS, rules.count, key=f"count-{key}"),
        "variety": st.slider(
            "Variety", 0.0, 1.0, rules.variety, 0.05, key=f"variety-{key}",
            help="How much showing something else counts beside the score. At 0 only the score "
            "counts; from 0.3 on each scene gets its best frame before any gets a second.",
        ),
        "min_gap_seconds": _gap(rules, key),
        "prefer": st.segmented_control(
            "Prefer", list(PREFERENCES), default=rules.prefer, width="stretch",
            format_func=PREFERENCES.__getitem__, key=f"prefer-{key}",
            help="What decides between frames that are as good as each other. Auto: a good face, "
            "where there is one.",
        ) or rules.prefer,
        "per_scene": st.slider(
            "Most of one scene", 0, 10, rules.per_scene or 0, key=f"scene-{key}",
            help="0 for any number.",
        ) or None,
        "keep_titles": st.toggle(
            "Allow titles", rules.keep_titles, key=f"titles-{key}",
            help="Titles, logos and test patterns may be picked like other frames.",
        ),
    }  # fmt: skip
    crops = st.pills(
        "Crops", RATIOS, default=[one for one in config.output.crops if one in RATIOS],
        selection_mode="multi", key=f"crops-{key}",
        help="The best crop of each pick in these shapes, shown over its picture.",
    )  # fmt: skip
    output = replace(config.output, crops=tuple(one for one in RATIOS if one in (crops or ())))
    return replace(config, pick=replace(rules, **values), output=output)


def _gap(rules: PickConfig, key: str) -> float | None:
    choices: list[float | None] = [None, 0.0, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0]
    if rules.min_gap_seconds not in choices:
        choices.append(rules.min_gap_seconds)
        choices[1:] = sorted(one for one in choices[1:] if one is not None)
    chosen: float | None = st.select_slider(
        "Least time between picks", choices, rules.min_gap_seconds, key=f"gap-{key}",
        format_func=lambda one: "auto" if one is None else f"{one:g} s",
        help="Auto is a second, less in short films.",
    )  # fmt: skip
    return chosen


def _left_out(desk: Desk) -> None:
    """Name rejected frames, each to be let in again."""
    rejected = sorted(desk.verdicts.rejected)
    if not rejected:
        return
    with st.expander(counted(len(rejected), "rejected frame")):
        for frame in rejected:
            label = f"{_when(desk, frame)} · let in again"
            if st.button(label, key=f"back-{frame}", width="stretch"):
                desk.decide(partial(_let_in, frame))
                st.rerun()


def _let_in(frame_index: int, verdicts: Verdicts, _: VideoResult) -> Verdicts:
    return take_back(verdicts, frame_index)


def _when(desk: Desk, frame_index: int) -> str:
    seconds = desk.seconds_of(frame_index)
    return f"frame {frame_index}" if seconds is None else clock(seconds, 2)
