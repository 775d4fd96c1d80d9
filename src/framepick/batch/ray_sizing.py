"""How many actors a cluster has room for, and what each of them takes of it (pure)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from framepick.batch.ray_cluster import Machine
from framepick.errors import FramepickError

_JOBS_A_GPU = 2
"""One actor encodes while the other one decodes."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Actors of a batch."""

    jobs: int
    threads: int
    """Of each actor."""
    cpus: float
    """Cores that Ray reserves for each actor."""
    gpus: float


def sizes_for(
    machines: Sequence[Machine], jobs: int | None, threads: int | None, has_gpu: bool, files: int
) -> Sizes:
    """Fill the machines that can be used with actors of so many threads, unless `jobs` are set.

    Raises
    ------
    FramepickError
        The cluster has room for none.
    """
    usable = [one for one in machines if one.cpus >= 1 and (one.gpus > 0 or not has_gpu)]
    gpus = sum(one.gpus for one in usable)
    wanted = jobs or (math.floor(gpus) * _JOBS_A_GPU if has_gpu else None)
    each = threads or (_most_threads(usable, wanted) if wanted else 1)
    room = _room(usable, each)
    if not room:
        what = "a GPU and " if has_gpu else ""
        raise FramepickError(f"the cluster has no machine with {what}{each} cores for a worker")
    count = min(wanted or room, files)
    # more than there is room for were asked for, so cores are no reason to wait
    reserved = each if count <= room else 0
    return Sizes(count, each, reserved, _gpu_share(gpus, count) if has_gpu else 0)


def _most_threads(machines: Sequence[Machine], jobs: int) -> int:
    """Give the most threads with which so many actors have room, or else one."""
    most = math.floor(sum(one.cpus for one in machines) / jobs)
    return next((each for each in range(most, 1, -1) if _room(machines, each) >= jobs), 1)


def _room(machines: Sequence[Machine], threads: int) -> int:
    return sum(math.floor(one.cpus / threads) for one in machines)


def _gpu_share(gpus: float, jobs: int) -> float:
    """Give what each of so many actors has of a GPU; several share one, none has two."""
    on_each = math.ceil(jobs / gpus)
    return math.floor(1000 / on_each) / 1000
