"""Keys of a terminal, read one by one without Enter."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event as Flag
from threading import Thread

OnKey = Callable[[str], None]
_WAIT_SECONDS = 0.1


@contextmanager
def keys_told(on_key: OnKey) -> Iterator[bool]:
    """Call `on_key` with each character that is typed, in a thread, and show none of them.

    Yields whether keys can be read: standard input must be a terminal that is ours. However this
    ends, the terminal is as it was before.
    """
    if not _is_ours():
        yield False
        return
    stop = Flag()
    with _unbuffered():
        thread = Thread(target=_read, args=(on_key, stop), daemon=True, name="keys")
        thread.start()
        try:
            yield True
        finally:
            stop.set()
            thread.join(1.0)


def _is_ours() -> bool:
    """Whether standard input is a terminal, and this program is in its foreground."""
    try:
        if not sys.stdin.isatty():
            return False
        return sys.platform == "win32" or os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (AttributeError, OSError, ValueError):  # closed, or nothing at all
        return False


if sys.platform == "win32":
    import msvcrt

    @contextmanager
    def _unbuffered() -> Iterator[None]:
        yield

    def _read(on_key: OnKey, stop: Flag) -> None:
        while not stop.wait(_WAIT_SECONDS):
            while msvcrt.kbhit():
                on_key(msvcrt.getwch())

else:
    import select
    import termios
    import tty

    @contextmanager
    def _unbuffered() -> Iterator[None]:
        number = sys.stdin.fileno()
        before = termios.tcgetattr(number)

        def restore() -> None:
            with suppress(termios.error, OSError):
                termios.tcsetattr(number, termios.TCSADRAIN, before)

        atexit.register(restore)  # for a thread that hangs while the program ends
        try:
            tty.setcbreak(number)
            yield
        finally:
            restore()
            atexit.unregister(restore)

    def _read(on_key: OnKey, stop: Flag) -> None:
        number = sys.stdin.fileno()
        while not stop.is_set():
            if not select.select([number], [], [], _WAIT_SECONDS)[0]:
                continue
            try:
                typed = os.read(number, 64)
            except OSError:
                return
            if not typed:  # the terminal is gone
                return
            for key in typed.decode(errors="ignore"):
                on_key(key)
