"""Signals that end a run: the first one in order, a second one at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

EXIT_INTERRUPTED = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, a request to end, a terminal that is closed."""


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Raise KeyboardInterrupt at the first signal; end this process and its children at the next.

    Signals that whoever started the process has it ignore, as nohup does, stay ignored. After the
    block no signal breaks the clearing up, unless one came before.
    """
    heard = [one for one in SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
    is_ending = False

    def end(_: int, __: FrameType | None) -> None:
        nonlocal is_ending
        if is_ending:
            end_at_once()
        is_ending = True
        raise KeyboardInterrupt

    for number in heard:
        signal.signal(number, end)
    try:
        yield
    finally:
        if not is_ending:
            for number in heard:
                signal.signal(number, signal.SIG_IGN)


def end_at_once() -> None:
    """End this process and all that it started, without any clearing up."""
    import psutil

    with suppress(psutil.Error):
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                child.kill()
    with suppress(OSError):
        os.write(2, b"framepick: ended at once; the next run clears up\n")
    os._exit(EXIT_INTERRUPTED)
