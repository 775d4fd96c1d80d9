"""The command line: its commands, its exit codes, its last line of defence."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

import framepick
from framepick.commands import cache, info, pick, scores, weights
from framepick.commands.shared import EXIT_FAILED_INPUT
from framepick.console import prepare, say
from framepick.errors import FramepickError

EXIT_INTERRUPTED = 130
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that end a run as Ctrl-C does: a request to end, a terminal that is closed."""

app = typer.Typer(
    name="framepick",
    help="Find the best frames of a video, the ones that people would choose.",
    epilog="Exit codes: 0 all done, 1 some input failed (the others are done), 2 wrong call, "
    "130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (
    pick.pick,
    scores.score,
    scores.photos,
    info.info,
    weights.train,
    weights.evaluate,
    cache.cache,
):
    app.command()(command)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"framepick {framepick.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line; every failure is one line on standard error and an exit code.

    `arguments` default to those of the process.
    """
    prepare()
    for number in ENDINGS[1:]:
        signal.signal(number, signal.default_int_handler)
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
        reason = " ".join(str(error).split())
        say(f"unexpected {type(error).__name__}: {reason} (FRAMEPICK_TRACEBACK=1 shows where)")
        sys.exit(EXIT_FAILED_INPUT)
    finally:
        for number in ENDINGS:  # all is done: what comes now must not break the clearing up
            signal.signal(number, signal.SIG_IGN)
    sys.exit(0)


if __name__ == "__main__":
    main()
