"""Watches a command and all processes below it: memory, open files, threads, children."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import psutil

MIB = 1 << 20
EARLY_SHARE, LATE_SHARE = 0.1, 0.8
"""What part of its life a process starts in, and from what part on it may come to its end.

At the start it loads its libraries and looks over the file, at the end it loads what it writes
results with.
"""
_FEW = 12
"""Threads or files that come and go: the decoders of two files, say."""
_COUNTS = ("files", "threads", "children")


@dataclass(frozen=True, slots=True)
class Sample:
    """One process at one time."""

    at_seconds: float
    memory_bytes: int
    files: int
    threads: int
    children: int


@dataclass(slots=True)
class Seen:
    """A process while it ran."""

    role: str
    samples: list[Sample] = field(default_factory=list)

    def at(self, seconds: float) -> int:
        """Give the memory that it had at a time; 0 where it was not looked at then."""
        return next((one.memory_bytes for one in self.samples if one.at_seconds == seconds), 0)

    def most(self, name: str, early: float = EARLY_SHARE) -> tuple[int, int, int]:
        """Give the largest value of a field at the start of its life, in between, at the end.

        The start is the share `early` of its life.
        """
        begin, end = self.samples[0].at_seconds, self.samples[-1].at_seconds
        parts: tuple[list[int], ...] = [], [], []
        for one in self.samples:
            share = (one.at_seconds - begin) / max(end - begin, 1e-9)
            parts[(share > early) + (share > LATE_SHARE)].append(getattr(one, name))
        first, middle, last = (max(part, default=0) for part in parts)
        return first, middle, last


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen of a command."""

    seconds: float
    exit_code: int
    processes: dict[int, Seen]
    left: list[int]
    """Processes that outlived the command."""

    @property
    def lasting(self) -> list[Seen]:
        """The processes that lived for half of the time or longer, the parent first."""
        found = self.processes.values()
        return [one for one in found if _life(one) >= self.seconds / 2]

    @property
    def is_clean(self) -> bool:
        """Whether no process is left, and none has more and more files, threads or children."""
        return not self.left and not self.leaks

    @property
    def leaks(self) -> list[str]:
        """What grew between start and end, beyond a few; nothing where all is let go again."""
        return [
            f"{name} of {one.role}"
            for one in self.lasting
            for name in _COUNTS
            if one.most(name)[1] > one.most(name)[0] + _FEW
        ]

    def growth_bytes(self, early: float = EARLY_SHARE) -> int:
        """Give the most by which the memory of one of `lasting` grew between start and end."""
        found = (one.most("memory_bytes", early) for one in self.lasting)
        return max(middle - first for first, middle, _ in found)

    def total_bytes(self) -> list[tuple[float, int]]:
        """Give the memory of all processes together over time, in seconds from the start."""
        sums: dict[float, int] = {}
        for one in self.processes.values():
            for sample in one.samples:
                sums[sample.at_seconds] = sums.get(sample.at_seconds, 0) + sample.memory_bytes
        return sorted(sums.items())


def watch(
    call: Sequence[str],
    every_seconds: float = 0.5,
    tell: Callable[[float, int], None] = lambda at, memory: None,
) -> Watched:
    """Run a command to its end; `tell` gets the seconds and the memory of all now and then."""
    begin, seen = time.monotonic(), dict[int, Seen]()
    with subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as started:
        while started.poll() is None:
            at = time.monotonic() - begin
            tell(at, sum(_look(one, at, seen) for one in _tree(started.pid)))
            time.sleep(every_seconds)
    seconds = time.monotonic() - begin
    time.sleep(1.0)  # children notice within a second that their parent is gone
    left = [pid for pid in seen if psutil.pid_exists(pid) and _is_alive(pid)]
    return Watched(seconds, started.returncode, seen, left)


def report(found: Watched, rows: int = 20) -> None:
    """Print memory over time, and for each lasting process what it had early and afterwards."""
    print(f"{found.seconds:.0f} s, exit code {found.exit_code}, left over: {found.left or 'none'}")
    total = found.total_bytes()
    print(f"{'':10} {'MiB in all':>12}" + "".join(f" {one.role:>16}" for one in found.lasting))
    for at, memory in total[:: max(1, len(total) // rows)]:
        each = "".join(f" {one.at(at) / MIB:16.0f}" for one in found.lasting)
        print(f"{at:8.0f} s {memory / MIB:12.0f}{each}")
    print("the most at the start, in between, at the end:")
    print(f"{'process':20} {'MiB':>14} {'files':>11} {'threads':>11} {'children':>11}")
    for one in found.lasting:
        size = " ".join(f"{value / MIB:4.0f}" for value in _memory(one))
        counts = " ".join(f"{'{} {} {}'.format(*one.most(name)):>11}" for name in _COUNTS)
        print(f"{one.role:20} {size:>14} {counts}")
    shares = f"{EARLY_SHARE:.0%} and {LATE_SHARE:.0%}"
    print(f"growth between {shares}: {found.growth_bytes() / MIB:.0f} MiB at most")


def _memory(one: Seen) -> tuple[int, int, int]:
    return one.most("memory_bytes")


def _life(one: Seen) -> float:
    return one.samples[-1].at_seconds - one.samples[0].at_seconds


def _tree(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return []


def _look(process: psutil.Process, at: float, seen: dict[int, Seen]) -> int:
    try:
        with process.oneshot():
            memory = int(process.memory_info().rss)
            sample = Sample(
                at, memory, process.num_fds(), process.num_threads(), len(process.children())
            )
            if process.pid not in seen:
                seen[process.pid] = Seen(_role(process.cmdline()))
    except psutil.Error:
        return 0
    seen[process.pid].samples.append(sample)
    return memory


def _role(arguments: Sequence[str]) -> str:
    names = [one.rpartition(".")[2] for one in arguments if one.startswith("framepick.")]
    return names[-1] if names else "?"


def _is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
