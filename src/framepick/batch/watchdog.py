"""Ends workers that take too long or too much memory."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

import psutil


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may take."""

    stall_seconds: float = 300.0
    """Longest time without progress."""
    file_seconds: float = 12 * 3600.0
    """Longest time for one file."""
    memory_bytes: int | None = None
    """Most memory of a worker with its decoders; None is no limit."""


def excess(limits: Limits, started: float, pid: int) -> str | None:
    """Say which limit a worker exceeds that began its file at `started`; None where it keeps all.

    `started` is in seconds of `time.monotonic`.
    """
    if monotonic() - started > limits.file_seconds:
        return f"took longer than {limits.file_seconds:g} s and was ended"
    if limits.memory_bytes is not None and memory_of(pid) > limits.memory_bytes:
        return f"took more than {limits.memory_bytes >> 20:,} MiB of memory and was ended"
    return None


def memory_of(pid: int) -> int:
    """Bytes of memory that a process and those below it take; 0 if it has ended."""
    try:
        process = psutil.Process(pid)
        return sum(map(_resident, [process, *process.children(recursive=True)]))
    except psutil.Error:
        return 0


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
