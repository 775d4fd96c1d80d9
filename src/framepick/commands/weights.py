"""Weights: made, and measured."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from framepick.commands.shared import (
    checked,
    name_of,
)
from framepick.console import one_line, progress, put, say
from framepick.options import (
    Device,
)


def train(
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG.toml", help="What to train, and on what.")
    ],
) -> None:
    """Train weights as a configuration says, going on where an interrupted run stopped."""
    from framepick.training.config import read_config
    from framepick.training.run import train as run

    settings = checked(lambda: read_config(config))
    with progress(settings.name, unit="steps") as tell:
        outcome = checked(lambda: run(settings, config, tell, say))
    for name, value in outcome.figures.items():
        put(one_line(f"{name}: {value:.4g}"))
    put(one_line(name_of(outcome.weights)))


class RatedSplit(StrEnum):
    """Which rated pictures count."""

    TRAIN = "train"
    DEV = "dev"
    ALL = "all"


def evaluate(
    weights: Annotated[
        Path, typer.Argument(metavar="WEIGHTS", help="Weights (.safetensors with their card).")
    ],
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Rated photos: a table, or the folder it is in.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for figures.json and figures.md.")],
    photos: Annotated[
        Path | None, typer.Option(help="Photos to make distortion pairs of; no ratings needed.")
    ] = None,
    videos: Annotated[
        list[Path] | None, typer.Option(help="Videos, or folders of them, for steadiness.")
    ] = None,
    baselines: Annotated[
        Path | None, typer.Option(help="Folder of pretrained networks to compare with.")
    ] = None,
    split: Annotated[
        RatedSplit, typer.Option(help="Rated photos that count; those of no split are in train.")
    ] = RatedSplit.TRAIN,
    device: Device = "auto",
) -> None:
    """Measure weights: on people's ratings, distortion pairs, videos and recompressed copies."""
    from framepick.evaluation.evaluate import EvaluationConfig
    from framepick.evaluation.evaluate import evaluate as measure
    from framepick.evaluation.report import check_place, save_report, to_text

    checked(lambda: check_place(out))
    config = EvaluationConfig(split.value, photos, tuple(videos or ()), baselines)
    report = checked(lambda: measure(weights, data, config, device, say))
    try:
        checked(lambda: save_report(report, out))
    finally:  # hours of work are shown even where they cannot be kept
        put("\n".join(map(one_line, to_text(report).splitlines())))
    say(f"these figures are in {name_of(out)}: figures.json, figures.md")
