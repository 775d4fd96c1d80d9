"""A Ray cluster: one that runs already, or one on this machine for the time of a batch."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from framepick.errors import FramepickError

_VARIABLES = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # else Ray warns of a change to come
    "RAY_worker_niceness": "0",  # as the workers of a local batch
}
_STORE_BYTES = 80 << 20
"""Ray's least, as paths and records are all that it carries."""
_FOLDER = "framepick-ray-"
_SHORT = 30
"""Ray puts sockets into the folder, whose paths the system limits to about a hundred bytes."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What a machine of a cluster offers."""

    cpus: float
    gpus: float


def machines(ray: Any) -> list[Machine]:
    """Give the machines of the cluster that are alive."""
    alive = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    return [Machine(one.get("CPU", 0.0), one.get("GPU", 0.0)) for one in alive]


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Connect to a cluster, and yield Ray.

    Raises
    ------
    FramepickError
        No cluster answers at `address`, or one of another version.
    """
    with _session(f"{address}: no Ray cluster can be used there", address=address) as ray:
        yield ray


@contextmanager
def own_cluster(cpus: int) -> Iterator[Any]:
    """Start a cluster of this machine with `cpus` cores, and yield Ray; nothing of it is left.

    Raises
    ------
    FramepickError
        It cannot be started.
    """
    with (
        _folder() as folder,
        _session(
            "Ray cannot be started",
            address="local",
            num_cpus=cpus,
            include_dashboard=False,
            object_store_memory=_STORE_BYTES,
            _temp_dir=str(folder),
        ) as ray,
    ):
        yield ray


@contextmanager
def _session(what: str, **options: Any) -> Iterator[Any]:
    os.environ.update({name: os.environ.get(name, value) for name, value in _VARIABLES.items()})
    import ray

    try:
        with _same_signals():
            ray.init(log_to_driver=False, logging_level=logging.ERROR, **options)
    except Exception as error:
        ray.shutdown()
        raise FramepickError(f"{what} ({last_line(error)})") from error
    try:
        yield ray
    finally:
        ray.shutdown()


def last_line(error: BaseException) -> str:
    """Give the last line of an error of Ray, which says what it is about."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


@contextmanager
def _same_signals() -> Iterator[None]:
    """Undo that Ray handles SIGTERM."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _folder() -> Iterator[Path]:
    """Make a folder with a short path; those of runs that were killed are removed first."""
    place = tempfile.gettempdir()
    top = Path(place if len(place) <= _SHORT else "/tmp")  # noqa: S108 - the folder is private
    _remove_leftovers(top)
    folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-", dir=top))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_leftovers(top: Path) -> None:
    for folder in top.glob(f"{_FOLDER}*-*"):
        with suppress(OSError, ValueError):
            pid = int(folder.name.removeprefix(_FOLDER).split("-")[0])
            is_own = folder.lstat().st_uid == os.getuid()
            if is_own and not psutil.pid_exists(pid):
                shutil.rmtree(folder, ignore_errors=True)
