"""The choice of files that are written of a film."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

import streamlit as st

from framepick.app.desk import Desk
from framepick.app.pages.session import plain
from framepick.app.pages.video_settings import RATIOS
from framepick.config import DEEP_FORMATS, OutputConfig
from framepick.outputs.stills.naming import still_names
from framepick.timecode import timecodes

Name = TypeVar("Name", bound=str)

_IMAGES = {"jpeg": "JPEG", "png": "PNG", "webp": "WebP", "tiff": "TIFF", "avif": "AVIF"}
_LOSSY = ("jpeg", "webp", "avif")
_MARKERS = {
    "fcp7": "Premiere", "fcpxml": "Final Cut", "resolve": "DaVinci Resolve", "otio": "OTIO",
    "csv": "CSV",
}  # fmt: skip
_SELECTS = {"fcp7": "Premiere", "fcpxml": "Final Cut, Resolve", "otio": "OTIO"}
_CHAPTERS = {"vtt": "WebVTT", "srt": "SubRip"}
_TABLES = {"parquet": "Parquet", "csv": "CSV"}
_SIDECARS = {
    "none": "None", "lightroom": "Lightroom", "darktable": "darktable", "both": "Both",
}  # fmt: skip


def files_wanted(desk: Desk, rules: OutputConfig) -> OutputConfig | None:
    """Draw the choice of files, as `rules` say at first; give it, None while it makes no sense."""
    values: dict[str, Any] = _stills(rules, desk.verdicts.wanted.config.output.crops)
    example = st.empty()
    values |= {"pages": st.toggle("Report and contact sheet", rules.pages, key="export-pages")}
    with st.expander("For editing programs", icon=":material/movie_edit:"):
        values |= _editing(rules)
    with st.expander("Tables and metadata", icon=":material/table:"):
        values |= _beside(rules)
        if desk.verdicts.judgements:
            st.caption(
                "Your stars are the rating in stills, sidecars and tables; the table of all scores "
                "and picks.json name what you kept, the table what you rejected as well."
            )
    try:
        output = replace(rules, **values)
    except ValueError as error:
        example.error(plain(str(error)))
        return None
    example.caption(plain(_example(desk, output)))
    return output


def _stills(rules: OutputConfig, shown_crops: tuple[str, ...]) -> dict[str, Any]:
    """Draw format, depth and names of the stills, and their crops."""
    image = _one("Format", _IMAGES, rules.image, "image")
    values: dict[str, Any] = {"image": image, "depth": 8}
    if image in DEEP_FORMATS:
        values["depth"] = _one("Bits per channel", {8: "8", 16: "16"}, rules.depth, "depth")
    if image in _LOSSY:
        values["quality"] = st.slider("Quality", 1, 100, rules.quality, key="export-quality")
    crops = _many("Crops, as pictures of their own", {one: one for one in RATIOS}, rules.crops)
    values |= {"crops": crops or shown_crops, "crop_pictures": bool(crops)}
    values["name"] = st.text_input(
        "File names", rules.name, key="export-name",
        help="Made of {stem}, {rank}, {time}, {timecode}, {ms}, {pts}, {frame} and {score}; "
        "{rank:02} writes 01.",
    )  # fmt: skip
    return values


def _editing(rules: OutputConfig) -> dict[str, Any]:
    """Draw what is written for programs that edit the film."""
    values: dict[str, Any] = {
        "markers": _many("Markers", _MARKERS, rules.markers),
        "selects": _many(
            "Timeline of the frames as clips", _SELECTS, rules.selects, "With sound, one after "
            "the other."
        ),
        "chapters": _many("Chapters, for players", _CHAPTERS, rules.chapters),
    }  # fmt: skip
    if values["markers"]:
        values["mark_candidates"] = st.toggle(
            "Also mark the best of other scenes and alternates", rules.mark_candidates,
            key="export-candidates",
        )  # fmt: skip
    if values["selects"]:
        values["handles_seconds"] = st.slider(
            "Seconds around each frame", 0.0, 10.0, float(rules.handles_seconds), 0.5,
            key="export-handles",
        )  # fmt: skip
    if values["markers"] or values["selects"]:
        root = st.text_input(
            "Folder of the video where you edit", rules.media_root or "", key="export-root",
            placeholder="as here", help="Such as /Volumes/Footage or D:\\Footage.",
        )  # fmt: skip
        values["media_root"] = root.strip() or None
    return values


def _beside(rules: OutputConfig) -> dict[str, Any]:
    """Draw tables and sidecars."""
    return {
        "table": _one("Table of all scores", _TABLES, rules.table, "table"),
        "sidecar": _one("XMP sidecars for", _SIDECARS, rules.sidecar, "sidecar"),
    }


def _example(desk: Desk, output: OutputConfig) -> str:
    """Give the name that the first still will have."""
    result = desk.result
    if result is None:
        return ""
    clock = timecodes(result.info, result.frame_times_seconds)
    names = still_names(replace(result, source=desk.source), output, clock)
    return f"As in {names[min(names)]}" if names else ""


def _one(label: str, names: Mapping[Any, str], chosen: Any, key: str) -> Any:
    return st.segmented_control(
        label, list(names), default=chosen, format_func=names.__getitem__, required=True,
        key=f"export-{key}", width="stretch",
    )  # fmt: skip


def _many(
    label: str, names: Mapping[Name, str], chosen: tuple[Name, ...], tip: str | None = None
) -> tuple[Name, ...]:
    found = st.pills(
        label, list(names), default=[one for one in names if one in chosen], help=tip,
        format_func=names.__getitem__, selection_mode="multi", key=f"export-{label}",
    )  # fmt: skip
    return tuple(one for one in names if one in (found or ()))
