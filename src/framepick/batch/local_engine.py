"""Works on files with processes of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from framepick.batch.destination import ledger_writer
from framepick.batch.encoder_host import EncoderHost, can_share
from framepick.batch.engine import FileWorker
from framepick.batch.sizing import usual_jobs, with_memory, with_threads
from framepick.batch.slot import Slot
from framepick.batch.watchdog import Limits
from framepick.batch.worker import WorkerSettings
from framepick.encoding.identity import is_of_gpu
from framepick.encoding.machine import cores

_JOBS_A_GPU = 2
"""Where each worker has a model of its own on the GPU."""


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """Several worker processes, which share the cores and the memory."""

    settings: WorkerSettings
    limits: Limits
    jobs: int | None = None
    """Number of workers; None for what suits the machine."""
    shares_encoder: bool | None = None
    """Whether the workers share an encoder process; None where the encoder runs on a GPU."""

    @contextmanager
    def open(self, most: int) -> Iterator[Sequence[FileWorker]]:
        jobs = min(self.jobs or self._usual_jobs(), most)
        settings = with_threads(self.settings, cores(), jobs)
        limits, writer = with_memory(self.limits, jobs), ledger_writer(settings.out)
        with ExitStack() as stack:
            if self._shares_encoder and jobs > 1:
                host = stack.enter_context(EncoderHost(self.settings))
                settings = replace(settings, encoder_address=host.address)
            slots = [Slot(settings, limits, writer) for _ in range(jobs)]
            for slot in slots:
                stack.callback(slot.close)
            yield slots

    @property
    def _shares_encoder(self) -> bool:
        wanted = self.shares_encoder
        return can_share() and (is_of_gpu(self.settings.encoder) if wanted is None else wanted)

    def _usual_jobs(self) -> int:
        has_models = is_of_gpu(self.settings.encoder) and not self._shares_encoder
        return min(_JOBS_A_GPU, cores()) if has_models else usual_jobs(cores())
