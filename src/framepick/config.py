"""What a user may set, as frozen values with numbers as numbers.

Values are checked on construction, so no later step has to. `config_hash` identifies a
configuration: two runs with equal hashes request the same.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from hashlib import blake2b
from numbers import Integral
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from framepick.film_time import FilmTime, time_text
from framepick.media_root import MediaRoot
from framepick.name_template import check_template

PlanName = Literal["auto", "exact", "fast"]
Preference = Literal["auto", "people", "scenery"]
HwaccelName = Literal["off", "auto", "cuda", "videotoolbox", "vaapi"]
ImageFormat = Literal["jpeg", "png", "webp", "tiff", "avif"]
Sidecar = Literal["none", "lightroom", "darktable", "both"]
MarkerFormat = Literal["otio", "fcpxml", "fcp7", "resolve", "csv"]
SelectsFormat = Literal["otio", "fcpxml", "fcp7"]
ChapterFormat = Literal["vtt", "srt"]
TableFormat = Literal["parquet", "csv"]

NEIGHBOUR_SECONDS = 0.5
"""How far to each side a frame is compared with its neighbours for relative vetoes."""
FAST_FROM_SECONDS = 60.0
"""Duration from which the plan `auto` is `fast`; of shorter videos all is decoded, and scored where
it may matter."""
DEFAULT_GAP_SECONDS = 1.0
"""Least time between two picks where nothing is said."""
_GAPS_PER_SHARE = 3
"""So many gaps fit into an even share of a short video: its best part may hold all picks."""
_RATIO = re.compile("[1-9][0-9]{0,3}:[1-9][0-9]{0,3}")
DEFAULT_NAME = "{stem}_{rank:02}_{time}"
DEEP_FORMATS: tuple[ImageFormat, ...] = ("png", "tiff")
"""Formats that take 16 bits per channel."""


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A part of a film, both ends within.

    Raises
    ------
    ValueError
        It ends before it starts.
    """

    start: FilmTime | None = None
    """None for the start of the film."""
    end: FilmTime | None = None
    """None for its end."""

    def __post_init__(self) -> None:
        start, end = self.start, self.end
        if isinstance(start, int | float) and isinstance(end, int | float) and start > end:
            raise ValueError(
                f"a range ends at {time_text(end)} before it starts at {time_text(start)}"
            )


@dataclass(frozen=True, slots=True)
class PickConfig:
    """How many frames to pick, and how different they have to be.

    Raises
    ------
    ValueError
        A number is out of bounds.
    """

    count: int = 5
    min_gap_seconds: float | None = None
    """Least time between two picks; None for `DEFAULT_GAP_SECONDS`, less in short videos."""
    duplicate_distance: float = 0.03
    """Cosine distance of content vectors under which two frames are near-duplicates. Frames of a
    camera at rest differ by 0.001 to 0.02 a second apart, of a camera in motion by 0.1 to 0.3, and
    different subjects by more than 0.3."""
    variety: float = 0.5
    """0 to 1: how much more showing something else counts than the score. At 0 only the score
    counts; from about 0.3 on each scene gets its best frame before any gets a second one."""
    per_shot: int | None = None
    """Most picks of one shot."""
    per_scene: int | None = None
    """Most picks of one scene: of shots that show the same."""
    keep_titles: bool = False
    """Titles, logos and test patterns may be picked like other frames."""
    prefer: Preference = "auto"
    """What decides between frames near a peak that are as good as each other: people, a face that
    looks well, also over frames without one; scenery, never a face; auto, a face where the best of
    them shows one."""
    ranges: tuple[TimeRange, ...] = ()
    """Parts of the film that are searched; all of it if there are none."""
    excluded: tuple[TimeRange, ...] = ()
    """Parts of the film that nothing is picked from."""
    included: tuple[FilmTime, ...] = ()
    """Times of frames that are picked whatever their score; they count towards `count`."""
    pinned: tuple[int, ...] = ()
    """`Moment.frame_index` of earlier picks that stay."""
    vetoed: tuple[int, ...] = ()
    """`Moment.frame_index` of frames that are not picked, nor what is near; what shows the same
    comes last."""

    def __post_init__(self) -> None:
        _check_whole("count", self.count, 1)
        if self.min_gap_seconds is not None:
            _check_seconds("min_gap_seconds", self.min_gap_seconds)
        _check_choice("prefer", self.prefer, Preference)
        for name in ("per_shot", "per_scene"):
            if getattr(self, name) is not None:
                _check_whole(name, getattr(self, name), 1)
        if not 0 <= self.variety <= 1:
            raise ValueError(f"variety must lie between 0 and 1, not {self.variety}")
        if not 0 <= self.duplicate_distance <= 2:
            raise ValueError(
                f"duplicate_distance must lie between 0 and 2, not {self.duplicate_distance}"
            )

    @property
    def names_times(self) -> bool:
        """Whether parts or frames of the film are named."""
        return bool(self.ranges or self.excluded or self.included or self.pinned or self.vetoed)

    def gap_seconds(self, times_seconds: NDArray[np.float64]) -> float:
        """Least time between two picks of a video with frames at `times_seconds` (T,), rising."""
        if self.min_gap_seconds is not None:
            return self.min_gap_seconds
        span = float(times_seconds[-1] - times_seconds[0]) if len(times_seconds) else 0.0
        return min(DEFAULT_GAP_SECONDS, span / (_GAPS_PER_SHARE * self.count))


@dataclass(frozen=True, slots=True)
class RefineConfig:
    """How far a pick may move from its peak.

    Raises
    ------
    ValueError
        A number lies out of its bounds.
    """

    reach_seconds: float = 0.5
    """Farthest a pick may move to each side of its peak, within the shot."""
    equal_sharpness: float = 0.93
    """Share of the sharpest frame's sharpness from which frames count as equally sharp, since the
    difference is not visible; among those the higher score wins."""
    apart_seconds: float = 0.1
    """Least time from a pick to its runner-up, so that the two look different."""

    def __post_init__(self) -> None:
        _check_seconds("reach_seconds", self.reach_seconds)
        _check_seconds("apart_seconds", self.apart_seconds)
        if not 0 < self.equal_sharpness < 1:
            raise ValueError(
                f"equal_sharpness must lie between 0 and 1, not {self.equal_sharpness}"
            )

    @property
    def decoded_seconds(self) -> float:
        """Seconds to each side of a peak in which every frame is decoded.

        The outermost frame that may be kept is compared with its neighbours, too.
        """
        return self.reach_seconds + NEIGHBOUR_SECONDS


@dataclass(frozen=True, slots=True)
class OutputConfig:
    """Files to write beside picks.json.

    Raises
    ------
    ValueError
        Values contradict each other or are out of bounds; the message names valid ones.
    """

    image: ImageFormat = "jpeg"
    quality: int = 95
    """Quality of JPEG, WebP and AVIF files, 1 to 100."""
    depth: Literal[8, 16] = 8
    """Bits per channel; 16 for PNG and TIFF only."""
    name: str = DEFAULT_NAME
    """Template of still names, without the ending; its fields are stem, rank, time (HH-MM-SS.mmm),
    timecode (HH-MM-SS-FF), ms (milliseconds from the first frame), pts, frame and score."""
    sidecar: Sidecar = "none"
    markers: tuple[MarkerFormat, ...] = ()
    table: TableFormat = "parquet"
    """Format of the score table."""
    mark_candidates: bool = False
    """Markers also of candidates, in a colour of their own."""
    selects: tuple[SelectsFormat, ...] = ()
    """Timelines of the picks as clips, one after the other."""
    handles_seconds: float = 2.0
    """What the clips of selects have to each side of the picked frame."""
    media_root: str | None = None
    """Where the video lies on the machine that edits, as `MediaRoot.parse` reads it; None for where
    it lies here."""
    chapters: tuple[ChapterFormat, ...] = ()
    crops: tuple[str, ...] = ()
    """Shapes that the best crop of each still is found for, such as 16:9, width to height."""
    crop_pictures: bool = False
    """Crops also as picture files."""
    heat_maps: bool = False
    """For each still a heat map of what lifts and lowers its score."""
    pages: bool = True
    """A report and a contact sheet, which take longer than all the rest of a clip of seconds."""

    def __post_init__(self) -> None:
        _check_choice("image format", self.image, ImageFormat)
        _check_choice("sidecar", self.sidecar, Sidecar)
        _check_choice("table format", self.table, TableFormat)
        for markers in self.markers:
            _check_choice("marker format", markers, MarkerFormat)
        for selects in self.selects:
            _check_choice("selects format", selects, SelectsFormat)
        for chapters in self.chapters:
            _check_choice("chapter format", chapters, ChapterFormat)
        _check_crops(self.crops, with_pictures=self.crop_pictures)
        _check_seconds("handles_seconds", self.handles_seconds)
        if self.media_root is not None:
            MediaRoot.parse(self.media_root)
        if not 1 <= self.quality <= 100:
            raise ValueError(f"quality must lie between 1 and 100, not {self.quality}")
        if self.depth not in (8, 16):
            raise ValueError(f"depth must be 8 or 16 bits per channel, not {self.depth}")
        if self.depth == 16 and self.image not in DEEP_FORMATS:
            ways_out = " or ".join(DEEP_FORMATS)
            raise ValueError(f"{self.image} has no 16 bits per channel; choose {ways_out}")
        check_template(self.name)


@dataclass(frozen=True, slots=True)
class VideoConfig:
    """How a video is explored, and what is written.

    Raises
    ------
    ValueError
        A value is out of bounds.
    """

    pick: PickConfig = field(default_factory=PickConfig)
    plan: PlanName = "auto"
    """Score every frame (exact), or only those where picks may lie, of long videos without decoding
    the rest (fast); auto is fast, and decodes all of videos under `FAST_FROM_SECONDS`."""
    budget_seconds: float | None = None
    """Wall time for the whole run, from opening the video to the last file; None for no limit."""
    refine: RefineConfig | None = field(default_factory=RefineConfig)
    """None keeps the peaks themselves."""
    output: OutputConfig = field(default_factory=OutputConfig)
    hwaccel: HwaccelName = "off"
    """Device that decodes instead of the CPU, where it gives identical pictures."""
    stream: int | None = None
    """Number of the video stream to read, as `framepick info` lists them; None for the best."""
    taste: str | None = None
    """Name and content of the taste that moves scores; None where none does."""

    def __post_init__(self) -> None:
        if self.pick.prefer == "people" and self.refine is None:
            raise ValueError("prefer people must compare the frames near a peak; leave refine on")
        _check_choice("plan", self.plan, PlanName)
        _check_choice("hwaccel", self.hwaccel, HwaccelName)
        if self.stream is not None:
            _check_whole("stream", self.stream, 0)
        if self.budget_seconds is not None and not 0 < self.budget_seconds < math.inf:
            raise ValueError(f"budget_seconds must be positive, not {self.budget_seconds}")

    def as_dict(self) -> dict[str, Any]:
        """Give all values as JSON takes them: nested, numbers as numbers.

        Equal configurations give equal JSON: 1 second and 1.0 seconds are one.
        """
        values: dict[str, Any] = _as_json(self)
        return values


def config_from(values: Mapping[str, Any]) -> VideoConfig:
    """Read a configuration from what `VideoConfig.as_dict` gave, without fields that are not known.

    Raises
    ------
    KeyError, TypeError, ValueError
        The values are no configuration.
    """
    pick = _known(PickConfig, values["pick"])
    for name in ("ranges", "excluded"):
        pick[name] = tuple(TimeRange(**one) for one in pick.get(name, ()))
    refine = values["refine"]
    parts = {
        "pick": PickConfig(**pick),
        "refine": refine and RefineConfig(**_known(RefineConfig, refine)),
        "output": OutputConfig(**_known(OutputConfig, values["output"])),
    }
    return VideoConfig(**{**_known(VideoConfig, values), **parts})


def _known(kind: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Give the values that a configuration has fields for, lists as tuples."""
    names = {one.name for one in fields(kind)}
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
        if name in names
    }


def config_hash(config: VideoConfig) -> str:
    """Name a configuration by its values: 16 hexadecimal digits, the same on every machine."""
    text = json.dumps(config.as_dict(), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return blake2b(text.encode(), digest_size=8).hexdigest()


def _as_json(value: Any, declared: Any = "") -> Any:
    """Give `value` as JSON takes it; a number as one of its `declared` type."""
    if is_dataclass(value):
        return {one.name: _as_json(getattr(value, one.name), one.type) for one in fields(value)}
    if isinstance(value, tuple | list):
        return [_as_json(one) for one in value]
    is_number = value is not None and not isinstance(value, str)
    if is_number and declared in ("float", "float | None", "FilmTime | None"):
        return float(value) + 0.0  # which makes -0.0 to 0.0
    if declared == "bool":
        return bool(value)
    return int(value) if isinstance(value, Integral) else value


def _check_crops(ratios: tuple[str, ...], *, with_pictures: bool) -> None:
    for ratio in ratios:
        if not _RATIO.fullmatch(ratio):
            raise ValueError(f"a crop is a width and a height, such as 16:9, not {ratio[:80]!r}")
    if with_pictures and not ratios:
        raise ValueError("pictures of crops need their shapes; name some, such as 16:9")


def _check_whole(name: str, value: int, least: int) -> None:
    if not (isinstance(value, Integral) and value >= least):
        raise ValueError(f"{name} must be a whole number of at least {least}, not {value}")


def _check_seconds(name: str, value: float) -> None:
    if not 0 <= value < math.inf:
        raise ValueError(f"{name} must be 0 or more and finite, not {value}")


def _check_choice(name: str, value: str, choices: Any) -> None:
    allowed = get_args(choices)
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
