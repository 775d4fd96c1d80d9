"""Saves moments in a thread of its own: refines each in its clip, then writes the still."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from framepick.aesthetic import AestheticModel
from framepick.config import Preference
from framepick.errors import FramepickError, SourceError, reason_of
from framepick.live.policies import Keep
from framepick.live.refining import Motion, Refined, best_near, exactly
from framepick.sources.live.client import Clip

_WAIT_SECONDS = 0.05
SAME_SECONDS = 0.02
"""Two stills that are closer in time are the same frame."""


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A moment to save, and the clip that it lies in."""

    keep: Keep
    clip: Clip
    motion: Motion | None = None
    """What moved around the moment, if the clip is of another stream than was scored."""


@dataclass(frozen=True, slots=True, eq=False)
class Saved:
    """A moment that is to be written, with the frame that was found for it."""

    keep: Keep
    refined: Refined
    clip: Clip


class _Abandoned(Exception):  # noqa: N818 - no error
    """A search was given up."""


Write = Callable[[Saved], None]
"""Writes a still; it may raise `OutputError`, which `Fail` is told."""
Fail = Callable[[Keep, str], None]
"""Is told of a moment that could not be saved, and why."""


class Saver:
    """Saves moments one after the other; `drop` takes one back that was not begun."""

    def __init__(self, model: AestheticModel, prefer: Preference, write: Write, fail: Fail) -> None:
        self._model, self._prefer = model, prefer
        self._write, self._fail = write, fail
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._dropped: set[int] = set()
        self._saved: dict[int, tuple[float, bytes]] = {}
        """Time and digest of the frames that were saved."""
        self._lock = threading.Lock()
        self._current: Job | None = None
        self._is_abandoned = threading.Event()
        self._thread = threading.Thread(target=self._run, name="save", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Take in a moment."""
        self._jobs.put(job)

    def drop(self, key: int) -> None:
        """Do not save a moment that was submitted, if that has not begun."""
        self._dropped.add(key)
        self._saved.pop(key, None)

    def close(self, is_enough: Callable[[], bool] = lambda: False) -> None:
        """Save what is left, as long as that is not enough."""
        self._jobs.put(None)
        while self._thread.is_alive() and not is_enough():
            self._thread.join(_WAIT_SECONDS)

    def give_up(self) -> None:
        """End without saving what is left."""
        self._is_abandoned.set()
        self._jobs.put(None)

    def abandon(self) -> list[Job]:
        """End without saving what is left; give it, what was begun included."""
        self._is_abandoned.set()
        left: list[Job | None] = []
        with self._lock:
            left.append(self._current)
            self._current = None
        with suppress(queue.Empty):
            while True:
                left.append(self._jobs.get_nowait())
        self.close()
        return [one for one in left if one and one.keep.key not in self._dropped]

    def write(self, job: Job, refined: Refined) -> None:
        """Write the frame that was found for a moment, unless it was saved before."""
        try:
            if self._is_new(job.keep, refined):
                self._write(Saved(job.keep, refined, job.clip))
        except (FramepickError, OSError, ValueError) as error:
            self._saved.pop(job.keep.key, None)
            self._fail(job.keep, _reason(error))

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            if job.keep.key in self._dropped:
                self._dropped.discard(job.keep.key)
            else:
                self._save(job)
            if not self._is_abandoned.is_set():
                with suppress(OSError):
                    job.clip.path.unlink()

    def _save(self, job: Job) -> None:
        """Save a moment; whatever goes wrong is told, and the next one is taken."""
        with self._lock:
            if self._is_abandoned.is_set():
                return
            self._current = job
        with suppress(_Abandoned):
            try:
                refined = self._refined(job)
            except (FramepickError, OSError, ValueError) as error:
                self._fail(job.keep, _reason(error))
                return
            if not self._claim(job):
                return
            if refined is None:
                self._fail(job.keep, "no frame there can be kept")
            else:
                self.write(job, refined)

    def _claim(self, job: Job) -> bool:
        """Whether the moment is still this thread's to save."""
        with self._lock:
            is_ours = self._current is job
            self._current = None
            return is_ours

    def _refined(self, job: Job) -> Refined | None:
        what = job.clip, job.keep.moment, self._model
        if job.keep.is_exact:
            return exactly(*what, job.motion)
        try:
            return best_near(*what, self._prefer, self._check, job.motion, job.keep.reach_seconds)
        except SourceError:
            return exactly(*what, job.motion)

    def _check(self, done: int, total: int | None) -> None:
        """Give up in the middle of a search once it is abandoned."""
        if self._is_abandoned.is_set():
            raise _Abandoned

    def _is_new(self, keep: Keep, refined: Refined) -> bool:
        """Whether no other moment was saved with the same frame.

        Some servers send the last seconds again to whom they lost: the same picture at another
        time. What was asked for by key is saved even so.
        """
        seconds = refined.still.moment.time_seconds
        digest = blake2b(np.ascontiguousarray(refined.still.pixels).data, digest_size=16).digest()
        for other_seconds, other_digest in self._saved.values():
            is_same_picture = digest == other_digest and not keep.is_exact
            if is_same_picture or abs(seconds - other_seconds) <= SAME_SECONDS:
                return False
        self._saved[keep.key] = seconds, digest
        return True


def _reason(error: Exception) -> str:
    return reason_of(error) if isinstance(error, OSError) else str(error)
