"""What all commands share: inputs one after the other, and one line for every failure."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer

from framepick.console import progress, put, say
from framepick.errors import FramepickError, UsageError, WeightsError
from framepick.urls import MediaFile

if TYPE_CHECKING:
    from framepick.aesthetic import AestheticModel
    from framepick.cache import Cache
    from framepick.config import VideoConfig
    from framepick.protocols import Progress

Result = TypeVar("Result")

EXIT_FAILED_INPUT = 1
EXIT_WRONG_CALL = 2


def load(
    weights: Path | None,
    device: str,
    runtime: str,
    precision: str,
    threads: int | None = None,
    at_once: bool = True,
    taste: str | None = None,
    cache: bool = True,
) -> AestheticModel:
    """Load the aesthetic model, or end the run with one line that says why not."""
    from framepick.aesthetic import load_model

    model = checked(
        lambda: load_model(weights, device, runtime, precision, threads, at_once, taste, cache)
    )
    if model.taste and not model.taste.label:
        from framepick.outputs.taste_words import why_not_used

        say(why_not_used(model.taste.card))
    return model


def for_taste(config: VideoConfig, model: AestheticModel) -> VideoConfig:
    """Give a configuration that names the taste of the model."""
    return replace(config, taste=model.taste.label) if model.taste else config


def open_cache(cache: bool) -> Cache | None:
    """Open the cache of the user; None where none is wanted."""
    from framepick.cache import Cache, default_folder, default_limit

    return Cache(default_folder(), checked(default_limit)) if cache else None


_starts = [monotonic()]


def process_start() -> float | None:
    """Give the `time.monotonic` at which this process began; None if it was given before.

    The time until now counts towards the budget of the first video: users wait for it, too.
    """
    return _starts.pop() if _starts else None


def no_bar(done: int, total: int | None) -> None:
    """Show no progress."""


Report = tuple[list[str], list[str]]
"""What is printed of an input: lines of results, and notes."""


def for_each(
    inputs: list[Path],
    run: Callable[[Path, Progress], Report],
    as_json: bool = False,
    on_failure: Callable[[Path, FramepickError], None] = lambda path, error: None,
    has_bar: bool = True,
) -> None:
    """Run each input once; one that fails is reported and the next one is taken.

    With `as_json` a failure is one of the results, too. A `run` that prints by itself has no
    progress bar, which the two would write over.
    """
    from framepick.sources.decoders import reused_decoders  # only commands that read films need it

    def is_done(path: Path) -> bool:
        try:
            bar = progress(name_of(Path(path.name))) if has_bar else nullcontext(no_bar)
            with bar as tell:
                results, notes = run(path, tell)
        except WeightsError as error:  # the same for all inputs
            fail(error)
        except FramepickError as error:
            say(str(error))
            if as_json:
                put(json_line(failure_row(path, str(error))))
            on_failure(path, error)
            return False
        for line in results:
            put(line)
        for note in notes:
            say(f"{name_of(path)}: {note}")
        return True

    with reused_decoders():
        are_done = [is_done(path) for path in each_once(inputs)]
    if not all(are_done):
        raise typer.Exit(EXIT_FAILED_INPUT)


def failure_row(path: Path, error: str) -> dict[str, str]:
    """Give what --json prints of an input that failed."""
    return {"source": name_of(path), "error": name_of(error)}


def each_once(inputs: list[Path]) -> list[Path]:
    """Drop inputs that name a file again, in the same or another spelling."""
    first: dict[str, Path] = {}
    for path in inputs:
        first.setdefault(os.path.abspath(path), path)
    return list(first.values())


def checked(call: Callable[[], Result]) -> Result:
    """Return what `call` returns; where it fails, end the run with one line that says why."""
    try:
        return call()
    except FramepickError as error:
        fail(error)


def fail(error: FramepickError) -> NoReturn:
    """Print what is wrong and end the run with the exit code that fits."""
    say(str(error))
    code = EXIT_WRONG_CALL if isinstance(error, UsageError) else EXIT_FAILED_INPUT
    raise typer.Exit(code)


def line(row: dict[str, Any], as_json: bool, to_text: Callable[[dict[str, Any]], str]) -> str:
    """Give one result as it is printed: as JSON, or as text for people."""
    return json_line(row) if as_json else to_text(row)


def json_line(row: Mapping[str, Any]) -> str:
    """Give an object as one line of JSON."""
    return json.dumps(row, ensure_ascii=False)


def name_of(path: MediaFile | str) -> str:
    """Give a path, or a message that names one, as it can be printed."""
    from framepick.files import printable

    return printable(path)
