"""The command line: its commands, its exit codes, and how unexpected errors are reported."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

import framepick
from framepick.commands import (
    app as app_command,
)
from framepick.commands import (
    batch,
    cache,
    evaluate,
    explain,
    info,
    live,
    photos,
    pick,
    repick,
    scores,
    train,
)
from framepick.commands import map as map_command
from framepick.commands import taste as taste_commands
from framepick.commands.config_file import with_config_file
from framepick.commands.endings import EXIT_INTERRUPTED, ended_by_signals
from framepick.commands.shared import EXIT_FAILED_INPUT
from framepick.console import prepare, say
from framepick.errors import FramepickError, unexpected

_PICKING, _LOOKING, _TRAINING = "Pick and score", "Look", "Train and measure weights"
_COMMANDS = {
    _PICKING: (pick.pick, batch.batch, repick.repick, scores.score, photos.photos, live.live),
    _LOOKING: (app_command.app, explain.explain, map_command.map_photos, info.info, cache.cache),
    _TRAINING: (train.train, evaluate.evaluate),
}
_NAMES = {"map_photos": "map"}
"""Of commands that have another name than their function."""
_EPILOG = """
Examples:

framepick pick holiday.mp4

framepick pick *.mov -n 10 --min-gap 3 -o best

framepick pick film.mxf --format tiff --depth 16 --markers premiere

framepick batch footage --out picks

framepick repick best/holiday.mp4 --swap 3=1:23.4

framepick photos ~/Pictures/trip -o sorted

framepick live 0 --every 10s

framepick app ~/Videos

Exit codes: 0 all done, 1 some input failed (the others are done), 2 wrong call, 130 interrupted.
"""
app = typer.Typer(
    name="framepick",
    help="Find the best frames of videos, and the best photos of a folder.",
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for panel, commands in _COMMANDS.items():
    for command in commands:
        name = _NAMES.get(command.__name__)
        app.command(name, rich_help_panel=panel)(with_config_file(command))


app.add_typer(taste_commands.taste_app, rich_help_panel=_PICKING)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"framepick {framepick.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", callback=_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line; every failure is one line on standard error and an exit code.

    `arguments` default to those of the process.
    """
    prepare()
    with ended_by_signals():
        _run(arguments)
    sys.exit(0)


def _run(arguments: Sequence[str] | None) -> None:
    try:
        app(args=arguments, prog_name="framepick")
    except SystemExit as end:
        if end.code == EXIT_INTERRUPTED:
            say("interrupted; results that were complete are kept")
        raise
    except FramepickError as error:  # such as standard output that is full
        say(str(error))
        sys.exit(EXIT_FAILED_INPUT)
    except Exception as error:
        if "FRAMEPICK_TRACEBACK" in os.environ:
            raise
        say(f"{unexpected(error)} (FRAMEPICK_TRACEBACK=1 shows where)")
        sys.exit(EXIT_FAILED_INPUT)


if __name__ == "__main__":
    main()
