"""Works on files through Ray: on an existing cluster, or on one of this machine.

Ray carries paths and records, no pictures. Its actors are shells around the slots that a local
batch has, so limits, retries and the loss of a worker process are the same there. Each actor
does one work at a time; more wait here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from framepick.batch.destination import ledger_writer
from framepick.batch.engine import FileWorker, Running
from framepick.batch.picking import failure
from framepick.batch.ray_cluster import connected, last_line, machines, own_cluster
from framepick.batch.ray_sizing import Sizes, sizes_for
from framepick.batch.sizing import usual_jobs
from framepick.batch.slot import MODEL
from framepick.batch.watchdog import Limits
from framepick.batch.work import Answer, Work
from framepick.batch.worker import WorkerSettings
from framepick.encoding.identity import is_of_gpu
from framepick.encoding.machine import cores
from framepick.errors import FramepickError, SourceClosed
from framepick.extras import require_extra
from framepick.urls import file_of, full_name

_STARTS, _ATTEMPTS = 2, 2
_TICK_SECONDS = 0.5
_END_SECONDS = 2.0
_CALLS_AT_ONCE = 4
"""Work, how far it is, and the end."""


@dataclass(frozen=True, slots=True)
class RayEngine:
    """Actors of a cluster; of one on this machine if there is no `address`."""

    settings: WorkerSettings
    limits: Limits
    jobs: int | None = None
    """Number of actors; None for as many as the cluster has room for."""
    address: str | None = None

    @contextmanager
    def open(self, most: int) -> Iterator[Sequence[FileWorker]]:
        require_extra("ray", "--engine ray")
        jobs = self.jobs
        if self.address is None:
            jobs = min(jobs or usual_jobs(cores()), most)
        with own_cluster(cores()) if self.address is None else connected(self.address) as ray:
            has_gpu = is_of_gpu(self.settings.encoder)
            sizes = sizes_for(machines(ray), jobs, self.settings.threads, has_gpu, most)
            slots = [self._slot(ray, sizes, has_gpu) for _ in range(sizes.jobs)]
            try:
                yield slots
            finally:
                for slot in slots:
                    slot.close()

    def _slot(self, ray: Any, sizes: Sizes, has_gpu: bool) -> RaySlot:
        # the encoder of this run, also on machines that have a GPU
        device = self.settings.device if has_gpu else "cpu"
        settings = replace(
            self.settings,
            out=full_name(file_of(self.settings.out)),
            weights=self.settings.weights and os.path.abspath(self.settings.weights),
            threads=sizes.threads,
            device=device,
        )
        return RaySlot(ray, settings, self.limits, sizes)


class RaySlot:
    """Has one actor at a time."""

    def __init__(self, ray: Any, settings: WorkerSettings, limits: Limits, sizes: Sizes) -> None:
        self._ray = ray
        self._settings = settings
        self._limits = limits
        self._sizes = sizes
        self._writer = ledger_writer(settings.out)
        self._lock = Lock()
        self._actor: Any = None
        self._share: Any = None
        self._closed: float | None = None
        self.running: Running | None = None
        self.waits_for = ""

    def prepare(self) -> None:
        self._ready()

    def do(self, work: Work) -> Answer:
        """Have work done; where its actor or machine dies, once more on another one."""
        for _ in range(_ATTEMPTS):
            actor = self._ready()
            self.running = Running(work, monotonic())
            try:
                answer: Answer = self._answer(actor.do.remote(work))
                return answer
            except self._ray.exceptions.RayError:
                self._drop()
            finally:
                self.running = None
        if work.share is not None:
            return "whole"
        reason = f"{work.task.path}: the machine or the process that worked on it was lost twice"
        record = failure(work.task, work.key, reason)
        self._writer.append(record)
        return record

    def check(self) -> None:
        """Ask how far the file is; the actor looks at its limits."""
        with suppress(self._ray.exceptions.RayError), self._lock:
            if self._share is not None:
                self._note(self._share)
            elif self.running and self._actor:
                self._share = self._actor.share.remote()

    def close(self) -> None:
        """End the actor's worker process."""
        with self._lock:
            if self._closed is None:
                self._closed = monotonic()
                if self._actor:
                    self._actor.close.remote()

    def _note(self, share: Any) -> None:
        if self._ray.wait([share], timeout=0)[0]:
            self._share = None
            running, found = self.running, self._ray.get(share)
            if running:
                self.running = replace(running, share=found)

    def _ready(self) -> Any:
        """Give the actor, after starting one and waiting for room where there is none."""
        reason = ""
        for _ in range(_STARTS):
            self._check_open()
            if self._actor:
                return self._actor
            try:
                self._start()
            except self._ray.exceptions.RayError as error:
                reason = last_line(error)
                self._drop()
        if self._actor:
            return self._actor
        raise FramepickError(
            f"no worker can be started on the cluster ({reason}); "
            "all its machines need this version of framepick"
        )

    def _start(self) -> None:
        from framepick.batch.ray_actor import SlotActor

        options = {"num_cpus": self._sizes.cpus, "num_gpus": self._sizes.gpus}
        remote = self._ray.remote(
            max_concurrency=_CALLS_AT_ONCE, scheduling_strategy="SPREAD", **options
        )(SlotActor)
        with self._lock:
            self._actor = remote.remote(self._settings, self._limits, Path.cwd())
        try:
            self.waits_for = f"room for {_cores(self._sizes.cpus)} on the Ray cluster"
            self._answer(self._actor.__ray_ready__.remote())
            self.waits_for = MODEL
            self._answer(self._actor.prepare.remote())
        finally:
            self.waits_for = ""

    def _answer(self, reference: Any) -> Any:
        while not self._ray.wait([reference], timeout=_TICK_SECONDS)[0]:
            if self._closed is not None and monotonic() - self._closed > _END_SECONDS:
                raise SourceClosed("the run is being ended")
        answer = self._ray.get(reference)
        if isinstance(answer, FramepickError):
            raise answer
        return answer

    def _drop(self) -> None:
        with self._lock:
            actor, self._actor, self._share = self._actor, None, None
        if actor:
            self._ray.kill(actor)
        self._check_open()

    def _check_open(self) -> None:
        if self._closed is not None:
            raise SourceClosed("the run is being ended")


def _cores(cpus: float) -> str:
    count = max(1, round(cpus))
    return "1 core" if count == 1 else f"{count} cores"
