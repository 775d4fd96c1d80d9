"""A batch that was asked for, and the process that works on it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from framepick.config import PlanName, Preference
from framepick.errors import OutputError
from framepick.files import cannot_write
from framepick.owner import Owner, process_of


@dataclass(frozen=True, slots=True)
class Request:
    """What a batch is to do."""

    folder: Path
    """Where the videos are."""
    out: Path
    """Where the results go."""
    count: int = 5
    """Picks of each video."""
    plan: PlanName = "auto"
    prefer: Preference = "auto"
    jobs: int | None = None
    """Videos at a time; None for one for each core."""
    best: int | None = None
    """So many of the best picks of all videos go to a folder of their own."""
    has_reports: bool = False
    """Whether each video gets a report and a contact sheet."""
    retry_failed: bool = False

    def words(self) -> list[str]:
        """Give what follows `framepick batch` on a command line."""
        values = {"--out": self.out, "--count": self.count, "--plan": self.plan}
        options: dict[str, object] = {**values, "--prefer": self.prefer}
        options |= {"--jobs": self.jobs} if self.jobs else {}
        options |= {"--best": self.best} if self.best else {}
        options |= {"--pages": "all"} if self.has_reports else {}
        pairs = [str(word) for pair in options.items() for word in pair]
        return [str(self.folder), *pairs, *(["--retry-failed"] if self.retry_failed else [])]

    def as_json(self) -> dict[str, Any]:
        """Give the request as JSON takes it."""
        return asdict(self) | {"folder": str(self.folder), "out": str(self.out)}

    @classmethod
    def of_json(cls, values: Mapping[str, Any]) -> Self:
        """Read what `as_json` gave.

        Raises
        ------
        KeyError, TypeError
            It was written by another version.
        """
        paths = {name: Path(values[name]) for name in ("folder", "out")}
        return cls(**{**values, **paths})


@dataclass(frozen=True, slots=True)
class Job:
    """A request, and the process that was started for it last."""

    id: str
    """Names it in addresses and files."""
    request: Request
    process: Owner
    started: float
    """When, in seconds since the epoch."""

    @property
    def is_running(self) -> bool:
        """Whether its process goes on."""
        return self.process.is_gone() is False

    def stop(self) -> None:
        """Have it end in order, so that it can go on later; at once if that was asked before."""
        if self.is_running:
            with suppress(OSError):
                os.kill(self.process.pid, signal.SIGINT)

    def as_json(self) -> dict[str, Any]:
        """Give the job as JSON takes it."""
        return {
            "id": self.id,
            "request": self.request.as_json(),
            "process": self.process.token,
            "started": self.started,
        }

    @classmethod
    def of_json(cls, values: Mapping[str, Any]) -> Self:
        """Read what `as_json` gave.

        Raises
        ------
        KeyError, TypeError, ValueError
            It was written by another version.
        """
        process = Owner.parse(values["process"])
        if process is None:
            raise ValueError(f"{values['process']} names no process")
        request = Request.of_json(values["request"])
        return cls(str(values["id"]), request, process, float(values["started"]))


def begin(
    name: str, request: Request, log: Path, weights: Path | None
) -> tuple[Job, subprocess.Popen[bytes]]:
    """Start the process of a request, in a session of its own; what it says goes to `log`.

    Raises
    ------
    OutputError
        The log cannot be written, or no process be started.
    """
    more = ["--weights", str(weights.resolve())] if weights else []
    words = [sys.executable, "-m", "framepick.cli", "batch", *request.words(), *more]
    try:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # no folder of the user: one may hold settings that were not asked for
        with log.open("wb") as file:
            process = subprocess.Popen(
                words, cwd=log.parent, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                start_new_session=True,
            )  # fmt: skip
    except OSError as error:
        raise cannot_write(log, error) from error
    try:
        return Job(name, request, process_of(process.pid), time.time()), process
    except ProcessLookupError:
        raise OutputError(f"{request.out}: {last_line(log) or 'the batch ended at once'}") from None


def last_line(log: Path) -> str:
    """Give what a process said last; '' before it said anything."""
    with suppress(OSError), log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
        lines = file.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""
    return ""
