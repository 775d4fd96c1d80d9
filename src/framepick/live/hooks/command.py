"""Runs a command of the user for events, without a shell."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from framepick.errors import UsageError
from framepick.live.events import Event

RUN_SECONDS = 30.0
"""A command that takes longer is ended."""
_FIELD = re.compile(r"\{\{|\}\}|\{(\w+)\}")
_BRACES = {"{{": "{", "}}": "}"}
FIELDS = ("still", "name", "score", "stars", "time", "event", "text")


class Command:
    """A command line whose arguments hold fields such as {still}.

    It runs for each still that is kept, and for all other events, too, if it holds {event}. Each
    argument stays one whatever is filled in.

    Raises
    ------
    UsageError
        It is empty, its quotes do not match, or it has a field that is none.
    """

    what = "--run"

    def __init__(self, line: str, limit_seconds: float = RUN_SECONDS) -> None:
        self._arguments = _split(line)
        self._limit_seconds = limit_seconds
        fields = {one for part in self._arguments for one in _FIELD.findall(part) if one}
        _check(fields)
        self._takes_all = "event" in fields

    def wants(self, event: Event) -> bool:
        """Say whether the command runs for an event."""
        return self._takes_all or event.kind == "kept"

    def do(self, event: Event) -> str | None:
        """Run it and wait for its end; give what went wrong."""
        values = _values(event)
        try:
            process = subprocess.Popen(
                [_filled(part, values) for part in self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            return getattr(error, "strerror", None) or str(error)
        try:
            code = process.wait(self._limit_seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            return f"it took more than {self._limit_seconds:g} s and was ended"
        return f"it failed with status {code}" if code else None


def _split(line: str) -> list[str]:
    try:
        arguments = shlex.split(line)
    except ValueError as error:
        why = str(error).lower()
        raise UsageError(f"--run: {line!r} cannot be split into arguments ({why})") from error
    if not arguments:
        raise UsageError("--run: the command is empty")
    return arguments


def _check(fields: set[str]) -> None:
    if unknown := sorted(fields - set(FIELDS)):
        known = ", ".join(f"{{{one}}}" for one in FIELDS)
        raise UsageError(
            f"--run: there is no {{{unknown[0]}}}, only {known}; write {{{{ and }}}} for braces"
        )


def _values(event: Event) -> Mapping[str, str]:
    """Text for each field; nothing where an event has none."""
    values = {name: "" if value is None else str(value) for name, value in event.values.items()}
    still = values.get("still", "")
    return {
        "still": str(Path(still).absolute()) if still else "",
        "name": Path(still).name if still else "",
        "score": values.get("score", ""),
        "stars": values.get("rating", ""),
        "time": values.get("time_seconds", f"{event.seconds:g}"),
        "event": event.kind,
        "text": event.text,
    }


def _filled(part: str, values: Mapping[str, str]) -> str:
    return _FIELD.sub(lambda found: values[found[1]] if found[1] else _BRACES[found[0]], part)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command and what it started."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    with suppress(subprocess.TimeoutExpired):
        process.wait(1.0)
