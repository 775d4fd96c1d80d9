"""Options of `framepick taste`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

JUDGED = "Judgements"
_PICTURES = "PICTURES"

Like = Annotated[
    list[str] | None,
    typer.Option(
        "--like",
        metavar=_PICTURES,
        help="A photo, a folder of them, a result folder (its stills), or VIDEO@TIME.",
        rich_help_panel=JUDGED,
    ),
]
Dislike = Annotated[
    list[str] | None,
    typer.Option(
        "--dislike",
        metavar=_PICTURES,
        help="The same of what is not liked; without any, photographs at large stand in for it.",
        rich_help_panel=JUDGED,
    ),
]
TasteOut = Annotated[
    str,
    typer.Option(
        "--out",
        "-o",
        metavar="NAME|FILE",
        help="Name of the taste among yours, or a file for it that ends in .safetensors.",
    ),
]
Add = Annotated[
    bool, typer.Option("--add", help="Add to what the taste was learnt from, and learn it again.")
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace a taste of this name by the new one.")
]
TasteName = Annotated[str, typer.Argument(metavar="NAME|FILE", help="The taste.")]
AnyTaste = Annotated[
    str | None, typer.Argument(metavar="NAME|FILE", help="The taste; without one, all of yours.")
]
Known = Annotated[
    str | None,
    typer.Option("--taste", metavar="NAME|FILE", help="The taste that is to be learnt better."),
]
Photos = Annotated[
    list[Path],
    typer.Argument(readable=False, metavar="FOLDER|FILE", help="Photos, or folders of them."),
]
MaybePhotos = Annotated[
    list[Path] | None,
    typer.Option(
        "--photos",
        readable=False,
        metavar="FOLDER|FILE",
        help="Show the best and the worst of these photos by the taste, too.",
    ),
]
ThisPhoto = Annotated[
    Path, typer.Argument(readable=False, metavar="PHOTO", help="The photo that others are like.")
]
Number = Annotated[int, typer.Option("--count", "-n", min=1, help="How many photos to name.")]
