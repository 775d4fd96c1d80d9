"""Output of the command line: results on standard output, all else on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from time import monotonic

from framepick.errors import OutputError

_LINE_SECONDS = 10.0


def prepare() -> None:
    """Make both streams take any text, also where they are closed or not UTF-8."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def put(text: str) -> None:
    """Print one result; a reader that has gone, as in `| head -1`, is no error.

    Raises
    ------
    OutputError
        Standard output cannot be written, as when a disk is full.
    """
    try:
        print(text, flush=True)
    except BrokenPipeError:
        _to_nowhere()
    except OSError as error:
        _to_nowhere()
        raise OutputError(f"standard output: cannot be written ({error.strerror})") from error


def say(text: str) -> None:
    """Print a failure or a note in one line on standard error; nothing fails if nobody reads it."""
    with suppress(OSError):
        print(f"framepick: {one_line(text)}", file=sys.stderr, flush=True)


def one_line(text: str) -> str:
    """Spell out control characters of `text`, so that a file name cannot steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@contextmanager
def progress(name: str, unit: str = "frames") -> Iterator[Callable[[int, int | None], None]]:
    """Show a progress bar with speed and time left on a terminal, nothing elsewhere.

    Yields a function that takes the units done and, where known, the units in all.
    """
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    rate = TextColumn("{task.fields[rate]}")
    columns = (TextColumn("{task.description}"), BarColumn(), rate, TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(escape(one_line(name)), total=None, rate="")

        def report(done: int, total: int | None) -> None:
            speed = bar.tasks[task].speed
            rate_text = f"{speed:.0f} {unit}/s" if speed else ""
            bar.update(task, completed=done, total=total, rate=rate_text)

        yield report


@contextmanager
def batch_status(is_shown: bool) -> Iterator[Callable[[int, int, str, Sequence[str]], None]]:
    """Show how far many files are: a bar on a terminal, elsewhere a line every `_LINE_SECONDS`.

    Yields a function that takes the files done, those in all, a text that says so, and what is
    worked on.
    """
    if not is_shown:
        yield lambda done, total, text, now: None
    elif not sys.stderr.isatty():
        yield _line_now_and_then()
    else:
        from rich.console import Console
        from rich.markup import escape
        from rich.progress import BarColumn, Progress, TextColumn

        columns = (BarColumn(), TextColumn("{task.description}"))
        console = Console(stderr=True)
        with Progress(*columns, console=console, transient=True, redirect_stdout=False) as bar:
            task = bar.add_task("", total=None)

            def show(done: int, total: int, text: str, now: Sequence[str]) -> None:
                description = escape(one_line(_with_now(text, now)))
                bar.update(task, completed=done, total=total, description=description)

            yield show


def _with_now(text: str, now: Sequence[str]) -> str:
    return f"{text}; now {', '.join(now)}" if now else text


def _line_now_and_then() -> Callable[[int, int, str, Sequence[str]], None]:
    last = monotonic()

    def show(done: int, total: int, text: str, now: Sequence[str]) -> None:
        nonlocal last
        if monotonic() - last >= _LINE_SECONDS:
            last = monotonic()
            say(_with_now(text, now))

    return show


def _to_nowhere() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
