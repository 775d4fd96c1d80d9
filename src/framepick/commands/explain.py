"""The command that explains why pictures score as they do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framepick.commands.places import check_folder
from framepick.commands.shared import Report, checked, for_each, json_line, name_of
from framepick.commands.times import frame_at
from framepick.console import one_line
from framepick.errors import UsageError
from framepick.explaining.methods import Method
from framepick.options.machine import Threads, Weights
from framepick.options.results import RESULTS, Json

if TYPE_CHECKING:
    from framepick.explaining.explainer import Explainer
    from framepick.outputs.explained.files import Explained
    from framepick.protocols import Progress

ExplainedInputs = Annotated[
    list[Path],
    typer.Argument(
        readable=False, metavar="PICTURE|VIDEO@TIME", help="Pictures, or frames of videos."
    ),
]
ExplainedOut = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        readable=False,
        metavar="DIR",
        help="Folder for the heat maps and documents.",
        rich_help_panel=RESULTS,
    ),
]
MapMethod = Annotated[
    Method,
    typer.Option(
        help="What the heat map shows: points by parts left out, or which pixels the score hangs "
        "on, by guided back-propagation or smooth gradients (both need torch, extra gpu).",
        rich_help_panel=RESULTS,
    ),
]


def explain(
    inputs: ExplainedInputs,
    out: ExplainedOut = Path("explained"),
    method: MapMethod = Method.PARTS,
    weights: Weights = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Show why pictures score as they do: what lifts and lowers the score, and where."""
    from framepick.explaining.explainer import Explainer
    from framepick.outputs.explained.files import Names, write_explained

    checked(lambda: check_folder(out))
    explainer = checked(lambda: Explainer(weights, method, threads))
    names = Names()

    def run(path: Path, _: Progress) -> Report:
        one = _explained(path, explainer, threads)
        files = write_explained(one, out, names.free(one.name))
        if as_json:
            return [json_line(one.document() | {"heat_map": name_of(files[0])})], []
        return _lines(path, one, files), []

    for_each(inputs, run, as_json)


def _explained(path: Path, explainer: Explainer, threads: int | None) -> Explained:
    from framepick.explaining.pictures import picture_at
    from framepick.outputs.explained.files import Explained
    from framepick.sources.photos import load_photo

    place = None if os.path.lexists(path) else frame_at(str(path))
    if place is None:
        _check_is_picture(path)
        picture = load_photo(path)
        return Explained(path, picture, None, explainer.explain(picture, with_changes=True))
    moment, picture = picture_at(place, explainer.view_spec, threads)
    return Explained(place.video, picture, moment, explainer.explain(picture, with_changes=True))


def _check_is_picture(path: Path) -> None:
    from framepick.batch.file_kinds import kind_of

    if kind_of(path.suffix) == "video" and path.is_file():
        name = name_of(path)
        raise UsageError(f"{name}: is a video; name a time of it, such as {name}@1:23.4")


def _lines(path: Path, one: Explained, files: list[Path]) -> list[str]:
    from framepick.outputs.explained.words import lines_of

    head, *rest = lines_of(one.explanation)
    shown = [f"{name_of(path)}: {head}", *(f"  {text}" for text in rest)]
    return [one_line(text) for text in (*shown, f"  heat map: {name_of(files[0])}")]
