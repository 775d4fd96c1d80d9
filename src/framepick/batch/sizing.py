"""How many workers a machine can have, and what each may take of it."""

from __future__ import annotations

from dataclasses import replace

import psutil

from framepick.batch.watchdog import Limits
from framepick.batch.worker import WorkerSettings

_WORKER_BYTES = 3 << 29
"""Memory that a worker usually takes with its decoders, for pictures of up to 4K."""


def usual_jobs(cores: int) -> int:
    """Give the number of workers: one for each core, as far as there is memory for them."""
    return min(cores, max(1, _memory_bytes() // _WORKER_BYTES))


def threads_of(cores: int, jobs: int) -> int | None:
    """Give the threads of each of so many workers; None leaves it to a single one."""
    return max(1, cores // jobs) if jobs > 1 else None


def with_threads(settings: WorkerSettings, cores: int, jobs: int) -> WorkerSettings:
    """Share the cores between so many workers, unless the threads of each are set."""
    return replace(settings, threads=settings.threads or threads_of(cores, jobs))


def with_memory(limits: Limits, jobs: int) -> Limits:
    """Share the memory between so many workers of a machine, unless its limit is set."""
    return replace(limits, memory_bytes=limits.memory_bytes or usual_memory_bytes(jobs))


def usual_memory_bytes(jobs: int) -> int:
    """Give the most memory that each of so many workers may take: an even share."""
    return max(1 << 30, _memory_bytes() // jobs)


def _memory_bytes() -> int:
    """Bytes of memory that all workers together may take: four fifths of all."""
    return int(psutil.virtual_memory().total) * 4 // 5
