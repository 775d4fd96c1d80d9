"""The command that writes a table of the scores of photos."""

from __future__ import annotations

import os
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framepick.commands.places import check_photo_table
from framepick.commands.shared import (
    EXIT_FAILED_INPUT,
    checked,
    fail,
    failure_row,
    json_line,
    load,
    name_of,
)
from framepick.console import progress, put, say
from framepick.errors import UsageError, reason_of
from framepick.options import RESULTS, Device, Json, Precision, Runtime, Threads, Weights

if TYPE_CHECKING:
    from framepick.aesthetic import AestheticModel
    from framepick.photos import PhotoScore

MAX_LINES_PER_ENDING = 5
"""Photos of one ending that are reported one by one when they cannot be scored."""

PhotoTable = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        readable=False,
        metavar="FILE",
        help="Table to write, .csv: path, score and error of each photo.",
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
        help="Replace a table even if it has photos that are not scored again.",
        rich_help_panel=RESULTS,
    ),
]


def photos(
    inputs: PhotoInputs,
    out: PhotoTable,
    overwrite: OverwritePhotos = False,
    device: Device = "auto",
    runtime: Runtime = "auto",
    precision: Precision = "auto",
    weights: Weights = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Write a table with the score of every photo."""
    from framepick.outputs.tables import write_photo_scores

    if out.suffix.lower() != ".csv":
        fail(UsageError(f"{name_of(out)}: photos are scored to a .csv table; end the name in it"))
    failures = _Failures()
    found = _find(inputs, failures)
    checked(lambda: check_photo_table(out, map(name_of, found), overwrite))
    rows = _score(found, load(weights, device, runtime, precision, threads), failures)
    for row in rows if as_json else ():
        put(_json_line(row))
    table = [(name_of(row.path), row.score, row.error and name_of(row.error)) for row in rows]
    checked(lambda: write_photo_scores(table, out))
    if failures.count:
        raise typer.Exit(EXIT_FAILED_INPUT)


def _score(found: list[Path], model: AestheticModel, failures: _Failures) -> list[PhotoScore]:
    from framepick.photos import score_photos

    rows: list[PhotoScore] = []
    with progress("photos", unit="photos") as tell:
        for row in score_photos(found, model):
            rows.append(row)
            if row.error:
                failures.add(row.path, row.error)
            tell(len(rows), len(found))
    failures.report_rest()
    return rows


def _find(inputs: list[Path], failures: _Failures) -> list[Path]:
    """Find all photos, including kinds that cannot be read: each of them is reported."""
    from framepick.sources.photo_files import ALL_PHOTOS, find_photos

    on_error = partial(_report_unread_folder, failures)
    found = {path: find_photos([path], ALL_PHOTOS, on_error) for path in inputs}
    empty = [path for path in found if not found[path]]
    if len(empty) == len(found):
        if failures.count:
            raise typer.Exit(EXIT_FAILED_INPUT)
        fail(UsageError(f"{name_of(empty[0])}: holds no photos; name another folder, or files"))
    for path in empty:
        say(f"{name_of(path)}: holds no photos")
    return list(dict.fromkeys(photo for photos in found.values() for photo in photos))


def _report_unread_folder(failures: _Failures, error: OSError) -> None:
    text = f"{error.filename}: cannot be read ({reason_of(error)})"
    failures.add(Path(os.fsdecode(error.filename)), text)


class _Failures:
    """Prints why photos cannot be scored: the first of each ending, then how many more."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    @property
    def count(self) -> int:
        """Photos and folders that failed."""
        return self._counts.total()

    def add(self, path: Path, error: str) -> None:
        """Take note of a failure, and print it unless there were many of its kind."""
        ending = path.suffix.lower()
        self._counts[ending] += 1
        if self._counts[ending] <= MAX_LINES_PER_ENDING:
            say(error)

    def report_rest(self) -> None:
        """Print how many failures of each ending were not printed."""
        for ending, count in self._counts.items():
            if (more := count - MAX_LINES_PER_ENDING) > 0:
                say(f"{more} more {ending or 'other'} files were not scored; the table says why")


def _json_line(row: PhotoScore) -> str:
    if row.score is None:
        return json_line(failure_row(row.path, row.error or ""))
    return json_line({"source": name_of(row.path), "score": round(row.score, 6)})
