"""Options of the panel "Model and machine"."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

MACHINE = "Model and machine"
"""Title of the panel in the help."""


class HardwareName(StrEnum):
    """Devices that may decode beside the processor."""

    OFF = "off"
    AUTO = "auto"
    CUDA = "cuda"
    VIDEOTOOLBOX = "videotoolbox"
    VAAPI = "vaapi"


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
Taste = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE",
        help="Score by a taste, too: a file or a name of framepick taste learn.",
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
Cache = Annotated[
    bool,
    typer.Option(
        "--cache/--no-cache",
        help="Keep the scores of each video, so that another count or gap is picked at once.",
        rich_help_panel=MACHINE,
    ),
]
