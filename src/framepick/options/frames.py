"""Options of the panel "Which frames"."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from framepick.options.durations import seconds_of

FRAMES = "Which frames"
"""Title of the panel in the help."""


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
Stream = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="N",
        help="Video stream to read, by its number in framepick info; else the best one.",
        rich_help_panel=FRAMES,
    ),
]
