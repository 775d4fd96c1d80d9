"""Options of the panel "Results"."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

RESULTS = "Results"
"""Title of the panel in the help."""


class Table(StrEnum):
    """File formats of the score table beside the picks."""

    PARQUET = "parquet"
    CSV = "csv"


class Sidecar(StrEnum):
    """Programs that XMP sidecars beside the stills are written for."""

    NONE = "none"
    LIGHTROOM = "lightroom"
    DARKTABLE = "darktable"
    BOTH = "both"


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
HeatMaps = Annotated[
    bool,
    typer.Option(
        "--heat-maps",
        help="Write for each still a heat map of what lifts and lowers its score.",
        rich_help_panel=RESULTS,
    ),
]
Scores = Annotated[
    Table, typer.Option(help="Format of the table of all scores.", rich_help_panel=RESULTS)
]
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
