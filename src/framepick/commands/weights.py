"""The commands that train and measure weights."""

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
        Path,
        typer.Argument(
            readable=False, metavar="CONFIG.toml", help="Network, data and training settings."
        ),
    ],
) -> None:
    """Train weights from a configuration file; an interrupted run is resumed."""
    from framepick.extras import require_extra

    checked(lambda: require_extra("training", "framepick train"))
    from framepick.training.config import read_config
    from framepick.training.run import train as run

    settings = checked(lambda: read_config(config))
    with progress(settings.name, unit="steps") as tell:
        outcome = checked(lambda: run(settings, config, tell, say))
    for name, value in outcome.figures.items():
        put(one_line(f"{name}: {value:.4g}"))
    put(one_line(name_of(outcome.weights)))


class RatedSplit(StrEnum):
    """Splits of the rated photos."""

    TRAIN = "train"
    DEV = "dev"
    ALL = "all"


WeightsFile = Annotated[
    Path,
    typer.Argument(
        readable=False, metavar="WEIGHTS", help="Weights (.safetensors with their card)."
    ),
]
RatedPhotos = Annotated[
    Path,
    typer.Argument(readable=False, metavar="DATA", help="Rated photos: a table, or its folder."),
]
Figures = Annotated[
    Path,
    typer.Option(
        "--out", "-o", readable=False, metavar="DIR", help="Folder for figures.json and figures.md."
    ),
]
Photos = Annotated[
    Path | None,
    typer.Option(
        readable=False,
        metavar="DIR",
        help="Photos to make distortion pairs of; they need no ratings.",
    ),
]
Videos = Annotated[
    list[Path] | None,
    typer.Option(
        readable=False,
        metavar="PATH",
        help="Videos, or folders of them, to measure how steady scores are.",
    ),
]
Baselines = Annotated[
    Path | None,
    typer.Option(
        readable=False, metavar="DIR", help="Folder of pretrained networks to compare with."
    ),
]
Split = Annotated[
    RatedSplit, typer.Option(help="Rated photos to measure on; those without a split are in train.")
]


def evaluate(
    weights: WeightsFile,
    data: RatedPhotos,
    out: Figures,
    photos: Photos = None,
    videos: Videos = None,
    baselines: Baselines = None,
    split: Split = RatedSplit.TRAIN,
    device: Device = "auto",
) -> None:
    """Measure weights: on people's ratings, distortion pairs, videos and recompressed copies."""
    from framepick.extras import require_extra

    checked(lambda: require_extra("training", "framepick evaluate"))
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
