"""The command line as a function: what a process of it would print, and its exit code."""

from __future__ import annotations

import contextlib
import io
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from framepick import cli
from framepick.commands.endings import SIGNALS


@dataclass(frozen=True)
class Done:
    """What came of a call."""

    returncode: int
    stdout: str
    stderr: str


def framepick(folder: Path, *arguments: object) -> Done:
    """Call `framepick ARGUMENTS` with `folder` as the working folder, in this process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with (
        _same_signals(),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = _exit_code([str(argument) for argument in arguments])
    return Done(code, _text(out), _text(err))


def _exit_code(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    return int(end.value.code or 0)


@contextlib.contextmanager
def _same_signals() -> Iterator[None]:
    """Undo that a process ignores signals once it is done."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()
