"""Scores of frames and photos as tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framepick.commands.shared import (
    EXIT_FAILED_INPUT,
    Report,
    checked,
    fail,
    for_each,
    load,
    name_of,
    open_cache,
)
from framepick.console import progress, say
from framepick.errors import UsageError
from framepick.options import (
    Cache,
    Device,
    Hardware,
    HardwareName,
    Input,
    PlanChoice,
    PlanName,
    Precision,
    Runtime,
    Weights,
)

if TYPE_CHECKING:
    from framepick.session import Progress


def score(
    source: Input,
    out: Annotated[Path, typer.Option(help="Table to write: FILE.csv or FILE.parquet.")],
    plan: PlanChoice = PlanName.EXACT,
    device: Device = "auto",
    runtime: Runtime = "auto",
    precision: Precision = "auto",
    weights: Weights = None,
    cache: Cache = True,
    hwaccel: Hardware = HardwareName.OFF,
) -> None:
    """Write the scores of a video's frames to a table: of all, unless another plan is named."""
    from framepick.config import VideoConfig
    from framepick.outputs.tables import check_table_name, write_scores
    from framepick.pipeline import score_video

    checked(lambda: check_table_name(out))
    store = open_cache(cache)
    model = load(weights, device, runtime, precision)
    config = VideoConfig(plan=plan.value, hwaccel=hwaccel.value)

    def run(path: Path, tell: Progress) -> Report:
        samples, curve = score_video(path, model, config, tell, store)
        write_scores(samples, curve, out)
        return [], []

    for_each([source], run)


def photos(
    inputs: Annotated[
        list[Path], typer.Argument(metavar="FOLDER|FILE...", help="Photos, or folders of them.")
    ],
    out: Annotated[Path, typer.Option(help="Table to write: FILE.csv.")],
    device: Device = "auto",
    runtime: Runtime = "auto",
    precision: Precision = "auto",
    weights: Weights = None,
) -> None:
    """Score photos: a table of path, score and error."""
    from framepick.outputs.tables import write_photo_scores
    from framepick.photos import score_photos
    from framepick.sources.photos import find_photos

    if out.suffix.lower() != ".csv":
        fail(UsageError(f"{name_of(out)}: photos are scored to a .csv table; end the name in it"))
    found = find_photos(inputs)
    if not found:
        fail(UsageError(f"{name_of(inputs[0])}: holds no photos; name another folder, or files"))
    model = load(weights, device, runtime, precision)
    with progress("photos") as tell:
        rows, failed = [], 0
        for row in score_photos(found, model):
            rows.append((name_of(row.path), row.score, row.error))
            failed += row.error is not None
            if row.error:
                say(row.error)
            tell(len(rows), len(found))
    checked(lambda: write_photo_scores(rows, out))
    if failed:
        raise typer.Exit(EXIT_FAILED_INPUT)
