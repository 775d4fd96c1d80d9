"""The parent's side of a child process: starts it, sends requests, reads answers, ends it."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import weakref
from collections import deque
from pathlib import Path
from typing import Any, BinaryIO

import framepick
from framepick.errors import DecoderError
from framepick.sources.wire import Message, Sender, receive

_BYTES_AHEAD = 24 << 20
"""More than a batch of views, so that decoding goes on while one is encoded; two stills of 4K."""
_PIPE_BYTES = 1 << 20
_HEADER_BYTES = 1 << 10
_REAP_SECONDS = 5.0
# the child must find this very framepick, wherever the parent found it
_START = """
import sys
if sys.argv[1] not in sys.path:
    sys.path.insert(0, sys.argv[1])
import importlib
importlib.import_module(sys.argv[2]).main()
"""
DECODER = "framepick.sources.decoder_worker"
# glibc else gives the memory of large arrays back to the system after each frame, and asks for it
# again: measures at full size take twice the time
_KEEPS_MEMORY = {"MALLOC_MMAP_THRESHOLD_": f"{32 << 20}", "MALLOC_TRIM_THRESHOLD_": f"{64 << 20}"}


class Messages(queue.Queue[Message | None]):
    """A queue limited by bytes, which may be exceeded by one message; None is the end."""

    def _init(self, maxsize: int) -> None:
        self._held: deque[Message | None] = deque()
        self._bytes = 0

    def _qsize(self) -> int:
        return self._bytes

    def _put(self, item: Message | None) -> None:
        self._held.append(item)
        self._bytes += _size(item)

    def _get(self) -> Message | None:
        item = self._held.popleft()
        self._bytes -= _size(item)
        return item

    def end(self) -> None:
        """Put the end at once, however much is held."""
        with self.not_empty:
            self._put(None)
            self.not_empty.notify_all()


def _is_pulse(message: Message) -> bool:
    return bool(message.header["kind"] == "pulse")


def _size(message: Message | None) -> int:
    return _HEADER_BYTES + (len(message.payload) if message else 0)


class DecoderClient:
    """A decoder process, and a thread that reads its messages ahead up to a number of bytes.

    After `stall_seconds` without a message the process is ended. `module` is what the process
    runs, and is called `role` in messages; `inherited` are file descriptors that it has, too.
    """

    def __init__(
        self,
        stall_seconds: float,
        module: str = DECODER,
        role: str = "decoder",
        inherited: tuple[int, ...] = (),
    ) -> None:
        self.stall_seconds = stall_seconds
        self._role = role
        package = str(Path(framepick.__file__).parent.parent)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START, package, module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=inherited,
            env=_KEEPS_MEMORY | os.environ,
        )
        _widen(self._process.stdout)  # type: ignore[arg-type]
        self._messages = Messages(_BYTES_AHEAD)
        self._stopped = threading.Event()
        self.has_file = False
        """Whether the process has opened its file."""
        self._sender = Sender(self._process.stdin)  # type: ignore[arg-type]
        self.end = weakref.finalize(self, _end, self._process, self._stopped)
        threading.Thread(
            target=_read_ahead,
            args=(self._process.stdout, self._messages, self._stopped),
            name=f"framepick-{role}-reader",
            daemon=True,
        ).start()

    def is_alive(self) -> bool:
        """Tell whether the process runs."""
        return self._process.poll() is None and not self._stopped.is_set()

    def send(self, kind: str, **header: Any) -> None:
        """Send a request; if the process is gone, `receive` says so."""
        with contextlib.suppress(OSError, ValueError):
            self._sender.send(kind, **header)

    def receive(self) -> Message:
        """Give the next message, but for signs of life.

        Raises
        ------
        DecoderError
            The process crashed, hangs, was killed or was ended.
        """
        while (message := self._message(self.stall_seconds)) is None or _is_pulse(message):
            if message is None:
                self.end()
                raise DecoderError(
                    f"the {self._role} has not answered for {self.stall_seconds:g} s and was ended"
                )
        return message

    def poll(self, wait_seconds: float) -> Message | None:
        """Give the next message; None if none comes in time, which is no failure.

        Raises
        ------
        DecoderError
            The process crashed, was killed or was ended.
        """
        message = self._message(wait_seconds)
        return None if message is None or _is_pulse(message) else message

    def _message(self, wait_seconds: float) -> Message | None:
        if self._stopped.is_set():
            raise DecoderError("the source is closed")
        try:
            message = self._messages.get(timeout=wait_seconds)
        except queue.Empty:
            return None
        if message is None:
            is_ours = self._stopped.is_set()
            raise DecoderError("the source is closed" if is_ours else self._obituary())
        return message

    def _obituary(self) -> str:
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self.end()
            return f"the {self._role} sent what cannot be read and was ended"
        self.end()
        if code < 0:
            return f"the {self._role} was ended by {_signal_name(-code)}"
        return f"the {self._role} crashed (exit code {code})"


def _widen(pipe: BinaryIO) -> None:
    """Let a pipe hold some views, where the system can: it holds a third of one by default."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl  # not on Windows

        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _read_ahead(stream: BinaryIO, messages: Messages, stopped: threading.Event) -> None:
    message: Message | None = None
    while not stopped.is_set():
        try:
            message = receive(stream)
        except (OSError, ValueError):
            message = None
        if message is None or not _put(messages, message, stopped):
            break
    messages.end()


def _put(messages: Messages, message: Message | None, stopped: threading.Event) -> bool:
    while not stopped.is_set():
        try:
            messages.put(message, timeout=0.1)
        except queue.Full:
            continue
        return True
    return False


def _end(process: subprocess.Popen[bytes], stopped: threading.Event) -> None:
    stopped.set()
    process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):  # a driver may hold it for ever
        process.wait(_REAP_SECONDS)
    for stream in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            stream.close()  # type: ignore[union-attr]


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
