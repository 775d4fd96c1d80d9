"""What the command line says: results on standard output, all else on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from framepick.errors import OutputError


def prepare() -> None:
    """Make both streams take any text, also where they are closed or not UTF-8."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def put(text: str) -> None:
    """Print one result.

    Raises
    ------
    OutputError
        Standard output is full. If its reader has gone, as in `| head -1`, that is no error.
    """
    try:
        print(text, flush=True)
    except BrokenPipeError:
        _to_nowhere()
    except OSError as error:
        _to_nowhere()
        raise OutputError(f"standard output: cannot be written ({error.strerror})") from error


def say(text: str) -> None:
    """Tell of a failure or a note, in one line."""
    print(f"framepick: {one_line(text)}", file=sys.stderr, flush=True)


def one_line(text: str) -> str:
    """`text` with control characters spelt out: names must not steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@contextmanager
def progress(name: str, unit: str = "frames") -> Iterator[Callable[[int, int | None], None]]:
    """Units per second and time left on a terminal; nothing elsewhere."""
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


def _to_nowhere() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
