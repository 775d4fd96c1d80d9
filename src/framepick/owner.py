"""Identifies the process that writes something, so that others can tell whether it still runs."""

from __future__ import annotations

import os
import re
import socket
from dataclasses import dataclass, replace
from functools import cache
from hashlib import blake2b
from itertools import count
from pathlib import Path
from typing import Self

import psutil

OWNER_PATTERN = r"[0-9a-f]{8}-[0-9]{1,10}-[0-9a-f]{1,12}-[0-9]{1,6}"
OWNER_BYTES = 39
"""A token has at most so many."""
_TOKEN = re.compile(OWNER_PATTERN, re.ASCII)
_CLOCK_SHIFT = 200  # hundredths of a second: the system's clock is set now and then
_serials = count(1)


@dataclass(frozen=True, slots=True)
class Owner:
    """One writer in one process on one machine."""

    machine: str
    """8 hexadecimal digits that name the host, its boot and its process-id namespace."""
    pid: int
    started: int
    """When the process started, in hundredths of a second since the epoch."""
    serial: int = 0
    """Tells apart the writers of one process; 0 for the process itself."""

    @property
    def token(self) -> str:
        """The owner as part of a file name."""
        return f"{self.machine}-{self.pid}-{self.started:x}-{self.serial}"

    @property
    def process(self) -> Self:
        """The process that this writer is part of."""
        return replace(self, serial=0)

    @classmethod
    def parse(cls, token: str) -> Self | None:
        """Undo `token`; None if the text is none."""
        if not _TOKEN.fullmatch(token):
            return None
        machine, pid, started, serial = token.split("-")
        return cls(machine, int(pid), int(started, 16), int(serial))

    def is_gone(self) -> bool | None:
        """Whether the process has ended; None if it is on a machine that cannot be asked."""
        if self.machine != _machine():
            return None
        try:
            started = _started(self.pid)
        except psutil.NoSuchProcess:
            return True
        except psutil.AccessDenied:  # a process runs there, and its start cannot be read
            return False
        return abs(started - self.started) > _CLOCK_SHIFT


def this_process() -> Owner:
    """Name the process that asks."""
    return process_of(os.getpid())


def process_of(pid: int) -> Owner:
    """Name a process of this machine.

    Raises
    ------
    ProcessLookupError
        There is none.
    """
    try:
        return Owner(_machine(), pid, _started(pid))
    except psutil.NoSuchProcess as error:
        raise ProcessLookupError(f"{pid}: there is no such process") from error


def new_owner() -> Owner:
    """Name a new writer of this process."""
    return replace(this_process(), serial=next(_serials) % 1_000_000)


def _started(pid: int) -> int:
    process = psutil.Process(pid)
    if process.status() == psutil.STATUS_ZOMBIE:
        raise psutil.NoSuchProcess(pid)
    created: float = process.create_time()
    return round(created * 100)


@cache
def _machine() -> str:
    """Containers may share a host's name, and process ids start again after a boot."""
    parts = [socket.gethostname(), _text("/proc/sys/kernel/random/boot_id"), _namespace()]
    return blake2b("\n".join(parts).encode(), digest_size=4).hexdigest()


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError:  # not Linux
        return ""


def _namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""
