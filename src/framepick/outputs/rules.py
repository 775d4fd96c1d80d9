"""What is written of a video, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from framepick.outputs.stills.template import check_template

ImageFormat = Literal["jpeg", "png", "webp", "tiff", "avif"]
Sidecar = Literal["none", "lightroom", "darktable", "both"]
MarkerFormat = Literal["otio", "fcpxml", "fcp7", "resolve", "csv"]
TableFormat = Literal["parquet", "csv"]

DEFAULT_NAME = "{stem}_{rank:02}_{time}"
DEEP_FORMATS: tuple[ImageFormat, ...] = ("png", "tiff")
"""Formats that take 16 bits per channel."""


@dataclass(frozen=True, slots=True)
class OutputConfig:
    """Files that a user asks for beside picks.json.

    Raises
    ------
    ValueError
        The rules cannot be kept; the text says what would do.
    """

    image: ImageFormat = "jpeg"
    quality: int = 95
    """1 to 100, of JPEG, WebP and AVIF."""
    depth: Literal[8, 16] = 8
    """Bits per channel; 16 for PNG and TIFF only."""
    name: str = DEFAULT_NAME
    """Template of still names, without the ending; its fields are stem, rank, time (HH-MM-SS.mmm),
    timecode (HH-MM-SS-FF), ms (milliseconds from the first frame), pts, frame and score."""
    sidecar: Sidecar = "none"
    markers: tuple[MarkerFormat, ...] = ()
    table: TableFormat = "parquet"
    """Format of the scores."""

    def __post_init__(self) -> None:
        _check_choice("image format", self.image, ImageFormat)
        _check_choice("sidecar", self.sidecar, Sidecar)
        _check_choice("table format", self.table, TableFormat)
        for markers in self.markers:
            _check_choice("marker format", markers, MarkerFormat)
        if not 1 <= self.quality <= 100:
            raise ValueError(f"quality must lie between 1 and 100, not {self.quality}")
        if self.depth not in (8, 16):
            raise ValueError(f"depth must be 8 or 16 bits per channel, not {self.depth}")
        if self.depth == 16 and self.image not in DEEP_FORMATS:
            ways_out = " or ".join(DEEP_FORMATS)
            raise ValueError(f"{self.image} has no 16 bits per channel; choose {ways_out}")
        check_template(self.name)


def _check_choice(name: str, value: str, choices: Any) -> None:
    allowed = get_args(choices)
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
