"""Options of `framepick live`: its source, and what is kept."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from framepick.options.durations import handles_of, seconds_of
from framepick.options.machine import MACHINE
from framepick.options.results import RESULTS

KEEPING, SOURCE, DISPLAY = "What is kept", "Source", "Display and hooks"


class View(StrEnum):
    """Displays of a session."""

    AUTO = "auto"
    TERMINAL = "terminal"
    PAGE = "page"
    WINDOW = "window"
    NONE = "none"


Source = Annotated[
    str | None,
    typer.Argument(
        metavar="SOURCE",
        help="Number or name of a webcam, a device such as /dev/video0, an address such as "
        "rtsp://camera/stream, - for standard input, lavfi:GRAPH for made pictures, or, with "
        "--as-live, a video file.",
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        metavar="DIR",
        help="Folder that the session's folder is made in.",
        rich_help_panel=RESULTS,
    ),
]
Every = Annotated[
    float | None,
    typer.Option(
        parser=seconds_of,
        metavar="TIME",
        help="Keep the best moment of every stretch of this length, such as 10s or 5m.",
        rich_help_panel=KEEPING,
    ),
]
OnPeakFlag = Annotated[
    bool,
    typer.Option(
        "--on-peak",
        help="Keep moments that stand out from the recent past; the default.",
        rich_help_panel=KEEPING,
    ),
]
Best = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Keep the best N moments of the session; they are replaced as better ones come.",
        rich_help_panel=KEEPING,
    ),
]
OnKey = Annotated[
    bool,
    typer.Option(
        "--on-key",
        help="Keep only what is asked for with the space bar, which works in every mode: the frame "
        "that was shown, and at most two better ones around it.",
        rich_help_panel=KEEPING,
    ),
]
SweepFlag = Annotated[
    bool,
    typer.Option(
        "--sweep",
        help="Sweep over a scene; an arrow (--view page) leads back to the best view. Hold still "
        "there: it is kept, and two others. The space bar ends the sweep, too.",
        rich_help_panel=KEEPING,
    ),
]
PreRoll = Annotated[
    float,
    typer.Option(
        parser=handles_of,
        metavar="TIME",
        help="How far back a kept moment may lie, and a clip begins before it.",
        rich_help_panel=KEEPING,
    ),
]
PostRoll = Annotated[
    float,
    typer.Option(
        parser=handles_of,
        metavar="TIME",
        help="How long a moment has to stay the best, and a clip goes on after it.",
        rich_help_panel=KEEPING,
    ),
]
Clips = Annotated[
    bool,
    typer.Option(
        "--clip", help="Also save the seconds around each still.", rich_help_panel=KEEPING
    ),
]
AsLive = Annotated[
    bool,
    typer.Option("--as-live", help="Play a video file as a camera.", rich_help_panel=SOURCE),
]
ScoreFrom = Annotated[
    str | None,
    typer.Option(
        "--score-source",
        metavar="SOURCE",
        help="Another stream of the same camera, smaller, that is scored; stills are saved from "
        "SOURCE. Moments are matched by their pictures.",
        rich_help_panel=SOURCE,
    ),
]
SaveFrom = Annotated[
    str | None,
    typer.Option(
        "--save-source",
        metavar="SOURCE",
        help="The same the other way round: SOURCE is scored, and stills are saved from this one.",
        rich_help_panel=SOURCE,
    ),
]
ListCameras = Annotated[
    bool,
    typer.Option(
        "--list", help="List the cameras of this machine and exit.", rich_help_panel=SOURCE
    ),
]
Size = Annotated[
    str | None,
    typer.Option(
        metavar="WxH", help="Size to ask a webcam for, such as 1280x720.", rich_help_panel=SOURCE
    ),
]
Rate = Annotated[
    float | None,
    typer.Option(min=0.1, metavar="FPS", help="Rate to ask a webcam for.", rich_help_panel=SOURCE),
]
Wait = Annotated[
    bool,
    typer.Option("--wait", help="Wait for a source that is not there yet.", rich_help_panel=SOURCE),
]
For = Annotated[
    float | None,
    typer.Option(
        "--for",
        parser=seconds_of,
        metavar="TIME",
        help="End the session after this time.",
        rich_help_panel=SOURCE,
    ),
]
Memory = Annotated[
    int,
    typer.Option(
        min=8,
        metavar="MIB",
        help="Most memory for the recent past.",
        rich_help_panel=MACHINE,
    ),
]
ViewOption = Annotated[
    View,
    typer.Option(
        "--view",
        help="Show the session in the terminal, on a web page of this machine, in a window, or "
        "only as lines; auto is the terminal, where there is one.",
        rich_help_panel=DISPLAY,
    ),
]
Port = Annotated[
    int,
    typer.Option(
        min=0,
        max=65535,
        metavar="PORT",
        help="Port of the web page; 0 takes a free one.",
        rich_help_panel=DISPLAY,
    ),
]
Open = Annotated[
    bool,
    typer.Option(
        "--open", help="Show the web page, and open it in the browser.", rich_help_panel=DISPLAY
    ),
]
Run = Annotated[
    str | None,
    typer.Option(
        metavar="COMMAND",
        help="Run a command for each kept still, such as 'notify-send {score} {still}'. Fields: "
        "{still}, {name}, {score}, {stars}, {time}, {event}, {text}; with {event} it runs for all "
        "events. There is no shell, and what it prints is ignored.",
        rich_help_panel=DISPLAY,
    ),
]
PostTo = Annotated[
    str | None,
    typer.Option(
        "--post",
        metavar="URL",
        help="Send the facts of each kept still as JSON to this address. Nothing is sent "
        "anywhere without this option.",
        rich_help_panel=DISPLAY,
    ),
]
