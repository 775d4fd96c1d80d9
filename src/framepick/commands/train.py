"""The command that trains weights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from framepick.commands.shared import checked, name_of
from framepick.console import one_line, progress, put, say


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
