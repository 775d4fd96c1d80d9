"""A Ray cluster: one that runs already, or one on this machine for the time of a batch."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import Any

from framepick.batch import ray_reaper
from framepick.batch.short_folder import short_folder
from framepick.errors import FramepickError

_VARIABLES = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # else Ray warns of a change to come
    "RAY_worker_niceness": "0",  # as the workers of a local batch
}
_STORE_BYTES = 80 << 20
"""Ray's least, as paths and records are all that it carries."""
_ANSWER_SECONDS = 10.0


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
    _check_answers(address)
    hint = "if it asks for a token, set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN"
    with (
        _variables(_VARIABLES),
        _session(f"{address}: no Ray cluster can be used there", hint, address=address) as ray,
    ):
        yield ray


def _check_answers(address: str) -> None:
    """Make sure that somebody listens at HOST:PORT, for which Ray would wait for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not port.isdecimal():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), _ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise FramepickError(
            f"{address}: no Ray cluster answers there ({error}); start one with "
            "ray start --head, or leave --ray-address away"
        ) from error


@contextmanager
def own_cluster(cpus: int) -> Iterator[Any]:
    """Start a cluster of this machine with `cpus` cores, and yield Ray; nothing of it is left.

    Raises
    ------
    FramepickError
        It cannot be started.
    """
    own_token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": _token()}
    token = {} if "RAY_AUTH_MODE" in os.environ else own_token
    with (
        short_folder("framepick-ray") as folder,
        _reaper(folder),
        _variables({**_VARIABLES, **token}),
        _session(
            "Ray cannot be started",
            "leave --engine away to use this machine without Ray",
            address="local",
            num_cpus=cpus,
            include_dashboard=False,
            object_store_memory=_STORE_BYTES,
            _temp_dir=str(folder),
        ) as ray,
    ):
        yield ray


@cache
def _token() -> str:
    """Give the token of this process, as Ray keeps the first one that it sees."""
    return token_hex(16)


@contextmanager
def _reaper(folder: Path) -> Iterator[None]:
    """Have a process end what is left of the cluster in `folder`, however this one ends."""
    process = subprocess.Popen(
        [sys.executable, "-P", ray_reaper.__file__, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for this process alone
    )
    try:
        yield
    finally:
        process.communicate()


@contextmanager
def _session(what: str, hint: str, **options: Any) -> Iterator[Any]:
    import ray

    try:
        with _same_signals():
            ray.init(log_to_driver=False, logging_level=logging.ERROR, **options)
    except Exception as error:
        ray.shutdown()
        raise FramepickError(f"{what} ({last_line(error)}); {hint}") from error
    try:
        yield ray
    finally:
        ray.shutdown()


def last_line(error: BaseException) -> str:
    """Give the last line of an error of Ray, which says what it is about."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


@contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables of the environment that the user has not set."""
    new = {name: value for name, value in values.items() if name not in os.environ}
    os.environ.update(new)
    try:
        yield
    finally:
        for name in new:
            os.environ.pop(name, None)


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
