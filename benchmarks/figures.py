"""What the benchmarks share: clocks, medians, the machine, and figures kept for the table.

Each benchmark keeps its figures as JSON lines in `build/bench/NAME.json`; `benchmarks.table` makes
the page and the picture of them.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from framepick.encoding.machine import cores

FOLDER = Path(__file__).parents[1] / "build" / "bench"
_LIBRARIES = ("framepick", "av", "numpy", "openvino", "torch", "scenedetect")
_LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Cost:
    """What a piece of work took."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of all cores, of all processes."""
    peak: float = 0.0
    """Megabytes of all processes together, at most; 0 where it was not followed."""


def middle(costs: Sequence[Cost]) -> Cost:
    """Give the median of each figure."""
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.cpu for cost in costs),
        median(cost.peak for cost in costs),
    )


def timed(work: Callable[[], object]) -> Cost:
    """Run `work` in this process, other threads included; child processes are not."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def run(command: Sequence[str], **variables: str) -> tuple[Cost, str]:
    """Run a command, with `variables` in its environment; also give its standard output.

    Raises
    ------
    subprocess.CalledProcessError
        It failed.
    """
    before, wall = _children_seconds(), time.perf_counter()
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables},
    ) as process:
        peak = _Peak(process.pid)
        peak.start()
        output, complaint = process.communicate()
        wall = time.perf_counter() - wall
        peak.stop()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output, complaint)
    return Cost(wall, _children_seconds() - before, peak.megabytes), output


def free_share(seconds: float = 1.0) -> float:
    """Share of all cores, 0 to 1, that processes get which do nothing but count."""
    code = (
        "import time, sys\n"
        f"end = time.perf_counter() + {seconds}\n"
        "while time.perf_counter() < end: pass\n"
    )
    before = _children_seconds()
    begun = [subprocess.Popen([sys.executable, "-S", "-c", code]) for _ in range(cores())]
    for process in begun:
        process.wait()
    return min(1.0, (_children_seconds() - before) / seconds / cores())


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)  # of those that ended, and of theirs
    return usage.ru_utime + usage.ru_stime


class _Peak(threading.Thread):
    """Follows the memory of a process and all below it."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._stopped = threading.Event()
        self.megabytes = 0.0

    def run(self) -> None:
        while not self._stopped.wait(_LOOK_SECONDS):
            self.megabytes = max(self.megabytes, memory(self._root))

    def stop(self) -> None:
        self._stopped.set()
        self.join()


def memory(root: psutil.Process) -> float:
    """Megabytes that a process and all below it hold themselves (anonymous pages)."""
    total = 0
    try:
        for process in (root, *root.children(recursive=True)):
            total += _anonymous(process)
    except (psutil.Error, OSError):
        pass  # one has just ended
    return total / 1e6


def _anonymous(process: psutil.Process) -> int:
    """Bytes that are its own; pages of library files come and go with other programs."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        return int(process.memory_info().rss)
    rows = (line.split() for line in status.read_text().splitlines())
    return sum(int(row[1]) * 1024 for row in rows if row[0] == "RssAnon:")


def keep(name: str, rows: Iterable[dict[str, Any]]) -> None:
    """Write figures, a JSON object a line, with the machine first."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row) for row in ({"machine": machine()}, *rows)]
    (FOLDER / f"{name}.json").write_text("\n".join(lines) + "\n")


def kept(name: str) -> list[dict[str, Any]]:
    """Read what `keep` wrote; empty where it did not."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def machine() -> dict[str, Any]:
    """Name the processor, its cores, and what ran on it."""
    return {
        "processor": _processor(),
        "cores": cores(),
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "libraries": {name: found for name in _LIBRARIES if (found := installed(name))},
    }


def installed(name: str) -> str:
    """Version of a package; empty where there is none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    """Its name, as the system tells it."""
    info = Path("/proc/cpuinfo")
    rows = info.read_text().splitlines() if info.exists() else []
    for row in rows:
        if row.startswith("model name"):
            return row.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def load() -> str:
    """How busy the machine is with other things."""
    return f"{cores()} cores, load {os.getloadavg()[0]:.1f}"
