"""What the options of `framepick pick` ask for, as a configuration."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from framepick.commands.places import check_media_root
from framepick.commands.shared import checked, fail
from framepick.commands.times import picking_times
from framepick.errors import UsageError
from framepick.format_names import (
    chapter_formats,
    crop_ratios,
    image_format,
    marker_formats,
    selects_formats,
)
from framepick.options.frames import PlanName, PreferenceName
from framepick.urls import MediaFile

if TYPE_CHECKING:
    from framepick.config import OutputConfig, PickConfig, VideoConfig

_PICK_OPTIONS = ("count", "variety", "per_shot", "per_scene", "keep_titles")
_OUTPUT_OPTIONS = (
    "quality",
    "depth",
    "name",
    "mark_candidates",
    "media_root",
    "crop_pictures",
    "heat_maps",
)


def video_config(
    options: Mapping[str, Any], videos: Iterable[MediaFile], *, pages: bool = True
) -> VideoConfig:
    """Make a configuration of the values of `pick`'s options, by the names of its parameters.

    Ends the run with one line if the options contradict each other, or one of the `videos` lies
    outside of the media root. `pages` is `OutputConfig.pages`.
    """
    from framepick.config import RefineConfig, VideoConfig

    _check_times(options["min_gap"], options["budget"], options["plan"])
    _check_prefer(options["prefer"], options["refine"])
    output = _output_config(options, pages)
    checked(lambda: check_media_root(options["media_root"], videos))
    return VideoConfig(
        _pick_config(options),
        options["plan"].value,
        options["budget"],
        RefineConfig() if options["refine"] else None,
        output,
        options["hwaccel"].value,
        options["stream"],
    )


def _check_times(min_gap: float | None, budget: float | None, plan: PlanName) -> None:
    if min_gap is not None and not math.isfinite(min_gap):
        fail(UsageError(f"--min-gap must be a number of seconds, not {min_gap}"))
    if budget and plan == PlanName.EXACT:
        fail(UsageError("--budget and --plan exact exclude each other; choose one of them"))


def _check_prefer(prefer: PreferenceName, refine: bool) -> None:
    if prefer == PreferenceName.PEOPLE and not refine:
        fail(UsageError("--prefer people and --no-refine exclude each other; choose one of them"))


def _pick_config(options: Mapping[str, Any]) -> PickConfig:
    from framepick.config import PickConfig

    times = ("start", "end", "exclude", "include")
    ranges = checked(lambda: picking_times(*(options[name] for name in times)))
    plain = {name: options[name] for name in _PICK_OPTIONS}
    gap, prefer = options["min_gap"], options["prefer"].value
    try:
        return PickConfig(**plain, min_gap_seconds=gap, prefer=prefer, **ranges)
    except ValueError as error:
        fail(UsageError(str(error)))


def _output_config(options: Mapping[str, Any], pages: bool) -> OutputConfig:
    from framepick.config import OutputConfig

    plain = {name: options[name] for name in _OUTPUT_OPTIONS}
    named = {
        "image": image_format(options["format"]),
        "sidecar": options["sidecar"].value,
        "markers": marker_formats(options["markers"]),
        "table": options["scores"].value,
        "selects": selects_formats(options["selects"]),
        "handles_seconds": options["handles"],
        "chapters": chapter_formats(options["chapters"]),
        "crops": crop_ratios(options["crop"]),
    }
    try:
        return OutputConfig(**plain, **named, pages=pages)
    except ValueError as error:
        fail(UsageError(str(error)))
