"""The options of the command line: their types, bounds and help texts."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Table(StrEnum):
    """How the scores beside the picks are written."""

    PARQUET = "parquet"
    CSV = "csv"


class PlanName(StrEnum):
    """Which frames are looked at."""

    AUTO = "auto"
    EXACT = "exact"
    FAST = "fast"


class HardwareName(StrEnum):
    """What may decode beside the processor."""

    OFF = "off"
    AUTO = "auto"
    CUDA = "cuda"
    VIDEOTOOLBOX = "videotoolbox"
    VAAPI = "vaapi"


class Image(StrEnum):
    """File formats of stills."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    TIFF = "tiff"
    AVIF = "avif"


class Sidecar(StrEnum):
    """Who reads the files of facts beside stills."""

    NONE = "none"
    LIGHTROOM = "lightroom"
    DARKTABLE = "darktable"
    BOTH = "both"


MOST_SECONDS = 1e6
"""Nobody waits longer."""

Inputs = Annotated[list[Path], typer.Argument(metavar="INPUT...", help="Video files.")]
Input = Annotated[Path, typer.Argument(metavar="INPUT", help="A video file.")]
Out = Annotated[Path, typer.Option(help="Folder for the results, OUT/NAME.EXT each.")]
MinGap = Annotated[
    float,
    typer.Option(min=0.0, help="Seconds between picks, kept while there is a choice."),
]
Device = Annotated[
    str, typer.Option(help="Where the encoder runs: auto, cuda, mps or cpu.", show_default=True)
]
Runtime = Annotated[str, typer.Option(help="What encodes: auto, openvino or torch.")]
Precision = Annotated[str, typer.Option(help="Of the encoder: auto, float32 or bfloat16.")]
Hardware = Annotated[
    HardwareName,
    typer.Option(
        "--hwaccel",
        help="Decode on this device, where it gives the same pictures; auto finds it.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
Weights = Annotated[
    Path | None, typer.Option(help="Weights (.safetensors with their card) to use instead.")
]

Count = Annotated[int, typer.Option(min=1, help="Frames to pick from each video.")]
Format = Annotated[Image, typer.Option(help="File format of the stills.")]
Quality = Annotated[int, typer.Option(min=1, max=100, help="Of JPEG, WebP and AVIF stills.")]
Depth = Annotated[int, typer.Option(help="Bits per channel: 8, or 16 for PNG and TIFF.")]
Name = Annotated[
    str,
    typer.Option(
        help="Names of stills, of {stem} {rank} {time} {timecode} {ms} {pts} {frame} {score}."
    ),
]
Sidecars = Annotated[
    Sidecar, typer.Option(help="Facts beside each still: x.xmp, x.jpg.xmp, or both.")
]
Markers = Annotated[
    str, typer.Option(help="Markers for editors: otio,fcpxml,fcp7,resolve,csv, or some.")
]
PlanChoice = Annotated[
    PlanName,
    typer.Option(
        help="Look at every frame: exact; where picks may lie: fast; auto: fast from a minute on."
    ),
]
_UNIT_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smh]?)", re.ASCII)


def seconds_of(text: str) -> float:
    """Seconds that a text such as 90, 30s, 1.5m or 1h says; raises typer.BadParameter."""
    found = _DURATION.fullmatch(text.strip())
    seconds = float(found[1]) * _UNIT_SECONDS[found[2]] if found else 0.0
    if not 0 < seconds <= MOST_SECONDS:
        raise typer.BadParameter(f"{text!r} is no time; say 30s, 2m or 1h")
    return seconds


Budget = Annotated[
    float | None,
    typer.Option(
        parser=seconds_of,
        metavar="TIME",
        help="Time for each video, such as 30s or 2m: the best picks that can be had in it.",
    ),
]
Cache = Annotated[
    bool,
    typer.Option(
        "--cache/--no-cache", help="Keep what was seen of a video, for other picks from it."
    ),
]
Refine = Annotated[
    bool, typer.Option("--refine/--no-refine", help="Keep the best frame near each peak.")
]
Scores = Annotated[Table, typer.Option(help="Format of the scores.")]
