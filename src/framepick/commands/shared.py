"""What all commands share: one line for every failure, one input after the other."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer

from framepick.console import progress, put, say
from framepick.errors import FramepickError, UsageError, WeightsError

if TYPE_CHECKING:
    from framepick.aesthetic import AestheticModel
    from framepick.cache import Cache
    from framepick.session import Progress

Result = TypeVar("Result")

EXIT_FAILED_INPUT = 1
EXIT_WRONG_CALL = 2


def load(weights: Path | None, device: str, runtime: str, precision: str) -> AestheticModel:
    """Load the aesthetic model, or end with one line."""
    from framepick.aesthetic import load_model

    return checked(lambda: load_model(weights, device, runtime, precision))


def open_cache(cache: bool) -> Cache | None:
    """Where what was seen is kept, or nowhere."""
    from framepick.cache import Cache, default_folder, default_limit

    return Cache(default_folder(), checked(default_limit)) if cache else None


_starts = [monotonic()]


def process_start() -> float | None:
    """When this process began, in seconds of `time.monotonic`; None if that was asked before.

    What it took until now counts for the first video: users wait for it, too.
    """
    return _starts.pop() if _starts else None


Report = tuple[list[str], list[str]]
"""What is printed of an input: lines of results, and notes."""


def for_each(
    inputs: list[Path],
    run: Callable[[Path, Progress], Report],
    on_failure: Callable[[Path, FramepickError], None] = lambda path, error: None,
) -> None:
    """Run each input once; one that fails is reported and the next one is taken."""
    failed = False
    for path in _each_once(inputs):
        try:
            with progress(name_of(Path(path.name))) as tell:
                results, notes = run(path, tell)
            for line in results:
                put(line)
            for note in notes:
                say(f"{name_of(path)}: {note}")
        except WeightsError as error:  # the same for all inputs
            fail(error)
        except FramepickError as error:
            failed = True
            say(str(error))
            on_failure(path, error)
    if failed:
        raise typer.Exit(EXIT_FAILED_INPUT)


def _each_once(inputs: list[Path]) -> list[Path]:
    """Leave out inputs that name a file again, in the same or another spelling."""
    first: dict[str, Path] = {}
    for path in inputs:
        first.setdefault(os.path.abspath(path), path)
    return list(first.values())


def checked(call: Callable[[], Result]) -> Result:
    """Call, and end with one line where that fails."""
    try:
        return call()
    except FramepickError as error:
        fail(error)


def fail(error: FramepickError) -> NoReturn:
    """Say what is wrong and end with the exit code that fits."""
    say(str(error))
    code = EXIT_WRONG_CALL if isinstance(error, UsageError) else EXIT_FAILED_INPUT
    raise typer.Exit(code)


def line(row: dict[str, Any], as_json: bool, to_text: Callable[[dict[str, Any]], str]) -> str:
    """One line of results."""
    return json.dumps(row, ensure_ascii=False) if as_json else to_text(row)


def name_of(path: Path) -> str:
    """A path as it can be printed."""
    from framepick.outputs.folder import printable

    return printable(path)
