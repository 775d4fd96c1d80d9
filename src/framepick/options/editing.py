"""Options of the panel "For editing programs"."""

from __future__ import annotations

from typing import Annotated

import typer

from framepick.options.durations import handles_of

EDITING = "For editing programs"
"""Title of the panel in the help."""

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
MediaRoot = Annotated[
    str | None,
    typer.Option(
        metavar="DIR",
        help="Folder of the videos on the machine that edits, written into markers and selects, "
        r"such as /Volumes/Footage or D:\Footage; HERE=DIR replaces only the folder HERE.",
        rich_help_panel=EDITING,
    ),
]
