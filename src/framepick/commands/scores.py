"""The command that writes a table of the scores of a video's frames."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framepick.commands.places import check_table
from framepick.commands.shared import Report, checked, for_each, for_taste, load, open_cache
from framepick.options.frames import PlanChoice, PlanName, Stream
from framepick.options.inputs import Input
from framepick.options.machine import (
    Cache,
    Device,
    Hardware,
    HardwareName,
    Precision,
    Runtime,
    Taste,
    Threads,
    Weights,
)
from framepick.options.results import RESULTS, Overwrite

if TYPE_CHECKING:
    from framepick.protocols import Progress

ScoreTable = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        readable=False,
        metavar="FILE",
        help="Table to write, .csv or .parquet.",
        rich_help_panel=RESULTS,
    ),
]


def score(
    source: Input,
    out: ScoreTable,
    overwrite: Overwrite = False,
    plan: PlanChoice = PlanName.EXACT,
    device: Device = "auto",
    runtime: Runtime = "auto",
    precision: Precision = "auto",
    weights: Weights = None,
    taste: Taste = None,
    cache: Cache = True,
    hwaccel: Hardware = HardwareName.OFF,
    stream: Stream = None,
    threads: Threads = None,
) -> None:
    """Write a table with the score of every frame of a video."""
    from framepick.config import VideoConfig
    from framepick.outputs.tables import check_table_name, write_scores
    from framepick.videos import score_video

    checked(lambda: check_table_name(out))
    checked(lambda: check_table(out, overwrite))
    store = open_cache(cache)
    model = load(weights, device, runtime, precision, threads, taste=taste, cache=cache)
    config = VideoConfig(plan=plan.value, hwaccel=hwaccel.value, stream=stream)
    config = for_taste(config, model)

    def run(path: Path, tell: Progress) -> Report:
        samples, curve = score_video(path, model, config, tell, store, threads)
        write_scores(samples, curve, out)
        return [], []

    for_each([source], run)
