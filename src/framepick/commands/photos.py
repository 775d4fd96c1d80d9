"""The command that sorts photos, or writes a table of their scores."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from framepick.commands.photo_run import Failures, PhotoRun, Wanted
from framepick.commands.places import check_folder, check_photo_table
from framepick.commands.shared import (
    EXIT_FAILED_INPUT,
    checked,
    each_once,
    fail,
    load,
    name_of,
    open_cache,
)
from framepick.console import say
from framepick.errors import UsageError, reason_of
from framepick.extras import require_extra
from framepick.options.machine import Cache, Device, Precision, Runtime, Taste, Threads, Weights
from framepick.options.results import RESULTS, Json

PhotoOut = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        readable=False,
        metavar="DIR|FILE",
        help="Folder for report, contact sheet and tables; or a .csv table of scores alone.",
        rich_help_panel=RESULTS,
    ),
]
PhotoInputs = Annotated[
    list[Path],
    typer.Argument(readable=False, metavar="FOLDER|FILE", help="Photos, or folders of them."),
]
OverwritePhotos = Annotated[
    bool,
    typer.Option(
        "--overwrite",
        help="Replace a .csv table even if it has photos that are not scored again.",
        rich_help_panel=RESULTS,
    ),
]
WithMap = Annotated[
    bool,
    typer.Option(
        "--map",
        help="Write a map of the photos beside the report, as framepick map does (extra map).",
        rich_help_panel=RESULTS,
    ),
]
Xmp = Annotated[
    bool,
    typer.Option(
        "--xmp",
        help="Write stars and labels into XMP sidecars beside the photos.",
        rich_help_panel=RESULTS,
    ),
]
CopyBest = Annotated[
    Path | None,
    typer.Option(
        "--copy-best",
        readable=False,
        metavar="DIR",
        help="Copy the best photo of each group there.",
        rich_help_panel=RESULTS,
    ),
]
LinkBest = Annotated[
    Path | None,
    typer.Option(
        "--link-best",
        readable=False,
        metavar="DIR",
        help="Link to the best photo of each group there.",
        rich_help_panel=RESULTS,
    ),
]
MinStars = Annotated[
    int,
    typer.Option(
        min=1,
        max=5,
        help="Copy or link only photos with so many stars or more.",
        rich_help_panel=RESULTS,
    ),
]


def photos(
    inputs: PhotoInputs,
    out: PhotoOut,
    with_map: WithMap = False,
    xmp: Xmp = False,
    copy_best: CopyBest = None,
    link_best: LinkBest = None,
    min_stars: MinStars = 1,
    overwrite: OverwritePhotos = False,
    device: Device = "auto",
    runtime: Runtime = "auto",
    precision: Precision = "auto",
    weights: Weights = None,
    taste: Taste = None,
    cache: Cache = True,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Sort photos, the best of similar ones first; or write a table of their scores."""
    wanted = Wanted(xmp, copy_best, link_best, min_stars, as_json, with_map)
    is_table = _is_table(out, wanted)
    if with_map:
        checked(lambda: require_extra("map", "a map"))
    folders = [folder for folder in (copy_best, link_best) if folder]
    for folder in folders if is_table else (out, *folders):
        checked(partial(check_folder, folder))
    failures = Failures()
    found = _without(find_all(inputs, failures), folders, inputs)
    if is_table:
        checked(lambda: check_photo_table(out, map(name_of, found), overwrite))
    from framepick.photos.sorting import photo_cache

    store = open_cache(cache)
    model = load(weights, device, runtime, precision, threads, taste=taste)
    with photo_cache(store, model.encoder.encoder_id) as kept:
        run = PhotoRun(name_of_inputs(inputs), model, kept, threads, failures)
        if is_table:
            checked(lambda: run.write_table(found, out, as_json))
        else:
            checked(lambda: run.sort(found, out, wanted))
    failures.report_rest()
    if failures.count:
        raise typer.Exit(EXIT_FAILED_INPUT)


def _is_table(out: Path, wanted: Wanted) -> bool:
    """Whether `out` names a table of scores and no folder."""
    if out.suffix.lower() == ".parquet":
        fail(UsageError(f"{name_of(out)}: a table of photos is .csv; or name a folder"))
    if out.suffix.lower() != ".csv" or os.path.isdir(out):
        return False
    if wanted.is_beside or wanted.with_map:
        fail(UsageError(f"{name_of(out)}: a table is written alone; name a folder with --out"))
    return True


def name_of_inputs(inputs: Sequence[Path]) -> str:
    """What the photos are called: the name of the first input, and how many more there are."""
    first = Path(os.path.abspath(inputs[0])).name or str(inputs[0])
    return first if len(inputs) == 1 else f"{first} and {len(inputs) - 1:,} more"


def find_all(inputs: Sequence[Path], failures: Failures) -> list[Path]:
    """Find all photos, including kinds that cannot be read: each of them is reported."""
    from framepick.sources.photo_files import ALL_PHOTOS, find_photos

    on_error = partial(_report_unread_folder, failures)
    found = {path: find_photos([path], ALL_PHOTOS, on_error) for path in each_once(list(inputs))}
    empty = [path for path in found if not found[path]]
    if len(empty) == len(found):
        if failures.count:
            raise typer.Exit(EXIT_FAILED_INPUT)
        fail(UsageError(f"{name_of(empty[0])}: holds no photos; name another folder, or files"))
    for path in empty:
        say(f"{name_of(path)}: holds no photos")
    return list(dict.fromkeys(photo for photos in found.values() for photo in photos))


def _without(found: list[Path], folders: Sequence[Path], inputs: Sequence[Path]) -> list[Path]:
    """Leave out what an earlier run has put into `folders`, unless these are inputs themselves."""
    named = [Path(os.path.abspath(path)) for path in inputs]
    places = [Path(os.path.abspath(folder)) for folder in folders]
    left_out = [place for place in places if not any(one.is_relative_to(place) for one in named)]
    if not left_out:
        return found
    return [
        path
        for path in found
        if not any(Path(os.path.abspath(path)).is_relative_to(place) for place in left_out)
    ]


def _report_unread_folder(failures: Failures, error: OSError) -> None:
    text = f"{error.filename}: cannot be read ({reason_of(error)})"
    failures.add_photo(Path(os.fsdecode(error.filename)), text)
