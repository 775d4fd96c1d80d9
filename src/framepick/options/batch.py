"""Options of `framepick batch` beside those of `pick`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from framepick.options.durations import seconds_of
from framepick.options.machine import MACHINE
from framepick.options.results import RESULTS
from framepick.options.shards import shard_of

FILES = "Which files"


class Pages(StrEnum):
    """Pages that are written."""

    NONE = "none"
    INDEX = "index"
    ALL = "all"


class EngineName(StrEnum):
    """What works on the files."""

    LOCAL = "local"
    RAY = "ray"


BatchInputs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FOLDER|FILE|PATTERN",
        help="Folders of videos, videos, or patterns such as 'card/**/*.mp4'; "
        "also in an object store, such as s3://bucket/card.",
        show_default=False,
    ),
]
BatchOut = Annotated[
    str,
    typer.Option(
        "--out",
        "-o",
        metavar="DIR",
        help="Folder for the results, also in an object store; each video has its own in it.",
        rich_help_panel=RESULTS,
    ),
]
FilesFrom = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Also read paths from a file, one a line or split by NULs; - is standard input.",
        rich_help_panel=FILES,
    ),
]
LimitPerFolder = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="K", help="Skip all but K videos of a folder.", rich_help_panel=FILES
    ),
]
ShardOption = Annotated[
    Any,  # a `Shard`; typer knows only types that can be called with the text
    typer.Option(
        "--shard",
        parser=shard_of,
        metavar="I/N",
        help="Work on the I-th of N parts of the files only, as job arrays do.",
        show_default=False,
        rich_help_panel=FILES,
    ),
]
Watch = Annotated[
    bool,
    typer.Option(
        "--watch",
        help="Work on files that come into the folders, until Ctrl-C; each once it stands still.",
        rich_help_panel=FILES,
    ),
]
Settle = Annotated[
    float,
    typer.Option(
        parser=seconds_of,
        metavar="TIME",
        help="How long size and time of a file have to stay as they are, with --watch.",
        rich_help_panel=FILES,
    ),
]
RetryFailed = Annotated[
    bool,
    typer.Option(
        "--retry-failed", help="Try files again that failed before.", rich_help_panel=FILES
    ),
]
Verify = Annotated[
    bool,
    typer.Option(
        "--verify",
        help="Read finished files to see whether they changed; else size and time are trusted.",
        rich_help_panel=FILES,
    ),
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Print what would be done and exit.", rich_help_panel=FILES),
]
PagesOption = Annotated[
    Pages,
    typer.Option(
        "--pages",
        help="index writes one page over all videos; all also a report and a contact sheet for "
        "each, which takes most of the time of short clips; none writes neither.",
        rich_help_panel=RESULTS,
    ),
]
Best = Annotated[
    int | None,
    typer.Option(
        "--best",
        min=1,
        max=4096,
        metavar="K",
        help="Also put the K best picks of all videos into OUT/best, varied, without "
        "near-duplicates.",
        rich_help_panel=RESULTS,
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Print failures only.", rich_help_panel=RESULTS),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        metavar="N",
        help="Videos at a time, each with a process of its own; else one for each core.",
        rich_help_panel=MACHINE,
    ),
]
EngineOption = Annotated[
    EngineName,
    typer.Option(
        "--engine",
        help="local uses this machine, ray a Ray cluster, for which OUT is on a shared drive.",
        rich_help_panel=MACHINE,
    ),
]
RayAddress = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Cluster to use, such as auto or HOST:6379; else one of this machine is started.",
        show_default=False,
        rich_help_panel=MACHINE,
    ),
]
Stall = Annotated[
    float,
    typer.Option(
        parser=seconds_of,
        metavar="TIME",
        help="Give up a video that shows no progress for so long.",
        rich_help_panel=MACHINE,
    ),
]
TimeLimit = Annotated[
    float,
    typer.Option(
        parser=seconds_of,
        metavar="TIME",
        help="Give up a video that takes longer.",
        rich_help_panel=MACHINE,
    ),
]
MemoryLimit = Annotated[
    int | None,
    typer.Option(
        min=256,
        metavar="MIB",
        help="Give up a video that takes more memory; else an even share of most of it.",
        rich_help_panel=MACHINE,
    ),
]
