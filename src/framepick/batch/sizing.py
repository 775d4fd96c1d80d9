"""How many workers a machine can have, and what each may take of it."""

from __future__ import annotations

import psutil

_WORKER_BYTES = 3 << 29
"""Memory that a worker usually takes with its decoders, for pictures of up to 4K."""
_GPU_JOBS = 2
"""One worker encodes while the other one opens its file, or writes."""


def usual_jobs(cores: int, *, has_gpu: bool) -> int:
    """Give the number of workers: one for each core, as far as there is memory for them."""
    fitting = max(1, _memory_bytes() // _WORKER_BYTES)
    return min(_GPU_JOBS if has_gpu else cores, fitting)


def threads_of(cores: int, jobs: int) -> int | None:
    """Give the threads of each of so many workers; None leaves it to a single one."""
    return max(1, cores // jobs) if jobs > 1 else None


def usual_memory_bytes(jobs: int) -> int:
    """Give the most memory that each of so many workers may take: an even share."""
    return max(1 << 30, _memory_bytes() // jobs)


def _memory_bytes() -> int:
    """Bytes of memory that all workers together may take: four fifths of all."""
    return int(psutil.virtual_memory().total) * 4 // 5
