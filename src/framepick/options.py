"""The options of the command line: their names, bounds and help texts."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

FRAMES = "Which frames"
RESULTS = "Results"
EDITING = "For editing programs"
MACHINE = "Model and machine"


class Table(StrEnum):
    """File formats of the score table beside the picks."""

    PARQUET = "parquet"
    CSV = "csv"


class PlanName(StrEnum):
    """Which frames are decoded and scored."""

    AUTO = "auto"
    EXACT = "exact"
    FAST = "fast"


class PreferenceName(StrEnum):
    """What decides between frames that are as good as each other."""

    AUTO = "auto"
    PEOPLE = "people"
    SCENERY = "scenery"


class HardwareName(StrEnum):
    """Devices that may decode beside the processor."""

    OFF = "off"
    AUTO = "auto"
    CUDA = "cuda"
    VIDEOTOOLBOX = "videotoolbox"
    VAAPI = "vaapi"


class Sidecar(StrEnum):
    """Programs that XMP sidecars beside the stills are written for."""

    NONE = "none"
    LIGHTROOM = "lightroom"
    DARKTABLE = "darktable"
    BOTH = "both"


MAX_SECONDS = 1e6
"""Longest time that an option may name, about eleven days."""
_UNIT_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smh]?)", re.ASCII)


def seconds_of(text: str) -> float:
    """Give the seconds that a text such as 90, 30s, 1.5m or 1h means.

    Raises
    ------
    typer.BadParameter
        The text is not a time, or not one between zero and `MAX_SECONDS`.
    """
    seconds = handles_of(text)
    if not seconds:
        raise typer.BadParameter(f"{text!r} is not a time; write 30s, 2m or 1h")
    return seconds


def handles_of(text: str | float) -> float:
    """Give the seconds that a text such as 2s or 0 means.

    Raises
    ------
    typer.BadParameter
        The text is not a time, or one over `MAX_SECONDS`.
    """
    found = _DURATION.fullmatch(str(text).strip())  # typer gives the default as it is
    seconds = float(found[1]) * _UNIT_SECONDS[found[2]] if found else -1.0
    if not 0 <= seconds <= MAX_SECONDS:
        raise typer.BadParameter(f"{text!r} is not a time; write 2s or 1.5s")
    return seconds


Inputs = Annotated[list[Path], typer.Argument(readable=False, metavar="VIDEO", help="Video files.")]
Input = Annotated[Path, typer.Argument(readable=False, metavar="VIDEO", help="Video file.")]
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print one JSON object a line; inputs that failed have an error in theirs.",
        rich_help_panel=RESULTS,
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace a table that exists.", rich_help_panel=RESULTS),
]

Count = Annotated[
    int,
    typer.Option(
        "--count",
        "-n",
        min=1,
        metavar="N",
        help="Number of frames to pick from each video.",
        rich_help_panel=FRAMES,
    ),
]
MinGap = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        metavar="SECONDS",
        help="Shortest time between two picks; given up only where nothing else is left. Without "
        "it a second, in short videos a third of an even share.",
        rich_help_panel=FRAMES,
    ),
]
Start = Annotated[
    list[str] | None,
    typer.Option(
        "--from",
        metavar="TIME",
        help="Search from here on: seconds (83.4), 1:23.4, 0:01:23.4 or the source's time code "
        "(01:00:10:05). May be given several times, each with its --to.",
        rich_help_panel=FRAMES,
    ),
]
End = Annotated[
    list[str] | None,
    typer.Option(
        "--to",
        metavar="TIME",
        help="Search up to here; the first --to goes with the first --from, and so on.",
        rich_help_panel=FRAMES,
    ),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FROM-TO",
        help="Pick nothing between these times, such as 1:10-1:20; may be given several times.",
        rich_help_panel=FRAMES,
    ),
]
Include = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TIME",
        help="Pick the frame of this time whatever its score; counts towards --count; may be "
        "given several times.",
        rich_help_panel=FRAMES,
    ),
]
Variety = Annotated[
    float,
    typer.Option(
        min=0.0,
        max=1.0,
        metavar="0..1",
        help="How much showing something else counts beside the score: at 0 the best scores win "
        "whatever they show, from about 0.3 on each scene gets its best frame before any gets a "
        "second one.",
        rich_help_panel=FRAMES,
    ),
]
PerShot = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Most picks of one shot.", rich_help_panel=FRAMES),
]
PerScene = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Most picks of one scene, of shots that show the same.",
        rich_help_panel=FRAMES,
    ),
]
PlanChoice = Annotated[
    PlanName,
    typer.Option(
        help="exact scores every frame, fast only key frames and the promising stretches between "
        "them; auto is fast for videos of a minute and more.",
        rich_help_panel=FRAMES,
    ),
]
Budget = Annotated[
    float | None,
    typer.Option(
        parser=seconds_of,
        metavar="TIME",
        help="Time for each video, such as 30s, 2m or 1h; gives the best picks found in it.",
        rich_help_panel=FRAMES,
    ),
]
Refine = Annotated[
    bool,
    typer.Option(
        "--refine/--no-refine",
        help="Compare the frames around each peak at full size and keep the sharpest good one.",
        rich_help_panel=FRAMES,
    ),
]
KeepTitles = Annotated[
    bool,
    typer.Option(
        "--keep-titles",
        help="Allow titles, credits, logos and test patterns to be picked.",
        rich_help_panel=FRAMES,
    ),
]
Prefer = Annotated[
    PreferenceName,
    typer.Option(
        help="Of frames near a peak that are as good as each other, keep the one with the best "
        "face (people), look for no faces (scenery), or go by the face where there is one (auto).",
        rich_help_panel=FRAMES,
    ),
]

Out = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        readable=False,
        metavar="DIR",
        help="Folder for the results; each video has its own folder in it.",
        rich_help_panel=RESULTS,
    ),
]
Format = Annotated[
    str,
    typer.Option(
        metavar="FORMAT",
        help="File format of the stills: jpeg (or jpg), png, webp, tiff (or tif), avif.",
        rich_help_panel=RESULTS,
    ),
]
Quality = Annotated[
    int,
    typer.Option(
        min=1,
        max=100,
        metavar="Q",
        help="Quality of JPEG, WebP and AVIF stills.",
        rich_help_panel=RESULTS,
    ),
]
Depth = Annotated[
    int,
    typer.Option(
        metavar="BITS",
        help="Bits per channel of the stills: 8, or 16 for PNG and TIFF.",
        rich_help_panel=RESULTS,
    ),
]
Name = Annotated[
    str,
    typer.Option(
        metavar="TEMPLATE",
        help="File names of the stills, made of {stem}, {rank}, {time}, {timecode}, {ms}, {pts}, "
        "{frame} and {score}.",
        rich_help_panel=RESULTS,
    ),
]
Sidecars = Annotated[
    Sidecar,
    typer.Option(
        help="XMP sidecars beside the stills: lightroom writes x.xmp, darktable x.jpg.xmp.",
        rich_help_panel=RESULTS,
    ),
]
Markers = Annotated[
    str,
    typer.Option(
        metavar="LIST",
        help="Markers for editing programs, separated by commas: premiere (fcp7), finalcut "
        "(fcpxml), davinci (resolve, edl), otio, csv.",
        rich_help_panel=EDITING,
    ),
]
MarkCandidates = Annotated[
    bool,
    typer.Option(
        "--mark-candidates",
        help="Also mark the best frame of each other scene and the alternates of each pick, in "
        "purple (in Final Cut as to-do markers).",
        rich_help_panel=EDITING,
    ),
]
Selects = Annotated[
    str,
    typer.Option(
        metavar="LIST",
        help="Timelines of the picks as clips, with sound, for editing programs, separated by "
        "commas: premiere (fcp7), finalcut (fcpxml), otio.",
        rich_help_panel=EDITING,
    ),
]
Handles = Annotated[
    float,
    typer.Option(
        parser=handles_of,
        metavar="TIME",
        help="What the clips of --selects have to each side of the picked frame.",
        show_default="2s",
        rich_help_panel=EDITING,
    ),
]
Chapters = Annotated[
    str,
    typer.Option(
        metavar="LIST",
        help="Chapters from pick to pick, for players: vtt (WebVTT), srt (SubRip).",
        rich_help_panel=EDITING,
    ),
]
Crops = Annotated[
    str,
    typer.Option(
        "--crop",
        metavar="LIST",
        help="Shapes such as 16:9,1:1,4:5,9:16: picks.json then holds, for each still, the crop "
        "that keeps faces and subject whole.",
        rich_help_panel=RESULTS,
    ),
]
CropPictures = Annotated[
    bool,
    typer.Option(
        "--crop-pictures", help="Write the crops as pictures, too.", rich_help_panel=RESULTS
    ),
]
MediaRoot = Annotated[
    str | None,
    typer.Option(
        metavar="DIR",
        help="Folder of the videos on the machine that edits, written into markers and selects, "
        r"such as /Volumes/Footage or D:\Footage; HERE=DIR replaces only the folder HERE.",
        rich_help_panel=EDITING,
    ),
]
Scores = Annotated[
    Table, typer.Option(help="Format of the table of all scores.", rich_help_panel=RESULTS)
]

Device = Annotated[
    str,
    typer.Option(
        metavar="DEVICE",
        help="Device that the network runs on: auto, cuda, mps or cpu.",
        rich_help_panel=MACHINE,
    ),
]
Runtime = Annotated[
    str,
    typer.Option(
        metavar="LIBRARY",
        help="Library that runs the network: auto, openvino or torch.",
        rich_help_panel=MACHINE,
    ),
]
Precision = Annotated[
    str,
    typer.Option(
        metavar="TYPE",
        help="Precision of the network: auto, float32 or bfloat16.",
        rich_help_panel=MACHINE,
    ),
]
Weights = Annotated[
    Path | None,
    typer.Option(
        readable=False,
        metavar="FILE",
        help="Weights to use instead of the shipped ones: .safetensors, its .json card beside it.",
        rich_help_panel=MACHINE,
    ),
]
Hardware = Annotated[
    HardwareName,
    typer.Option(
        "--hwaccel",
        help="Decode on this device where it gives the same pictures; auto finds one.",
        rich_help_panel=MACHINE,
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Threads that decode, and as many that encode on a CPU; else by the cores.",
        rich_help_panel=MACHINE,
    ),
]
Stream = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="N",
        help="Video stream to read, by its number in framepick info; else the best one.",
        rich_help_panel=FRAMES,
    ),
]
Cache = Annotated[
    bool,
    typer.Option(
        "--cache/--no-cache",
        help="Keep the scores of each video, so that another count or gap is picked at once.",
        rich_help_panel=MACHINE,
    ),
]
