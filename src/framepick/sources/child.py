"""The frame of a child process that serves its parent over standard input and output."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from framepick.sources.wire import Sender, receive

_PARENT_CHECK_SECONDS = 1.0

Serve = Callable[[Iterator[dict[str, Any]], Sender], None]
"""Answers the commands of the parent, one after the other."""


def run(serve: Serve) -> None:
    """Run `serve` as the process of a parent that holds the other ends of the pipes.

    It ends when the parent does: standard input closes, or the parent's number changes.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not mix with the messages
    commands: queue.Queue[dict[str, Any] | None] = queue.Queue()
    for watch in (lambda: _read_commands(sys.stdin.buffer, commands), _watch_parent):
        threading.Thread(target=watch, daemon=True).start()
    with contextlib.suppress(BrokenPipeError):
        serve(iter(commands.get, None), Sender(results))
    os._exit(0)  # an ordinary end would wait for the thread that reads standard input


def _read_commands(stream: BinaryIO, commands: queue.Queue[dict[str, Any] | None]) -> None:
    while (message := receive(stream)) is not None:
        commands.put(message.header)
    os._exit(0)  # the parent is gone, whatever this process was in the middle of


def _watch_parent() -> None:
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_SECONDS)
    os._exit(0)
