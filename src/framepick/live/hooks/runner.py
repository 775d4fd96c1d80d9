"""Does what follows events in threads, so that a session never waits for it."""

from __future__ import annotations

import queue
from collections.abc import Sequence
from threading import Condition, Thread
from time import monotonic
from typing import Protocol

from framepick.live.events import Event, Tell
from framepick.outputs.text import counted

AT_ONCE = 2
"""How many run at the same time."""
WAITING = 64
"""How many may wait; a session whose commands are slower than its events drops the rest."""


class Hook(Protocol):
    """What is done for events."""

    what: str
    """Name for people."""

    def wants(self, event: Event) -> bool:
        """Say whether something is done for an event."""

    def do(self, event: Event) -> str | None:
        """Do it; give what went wrong."""


class Hooks:
    """Passes events on to `tell`, and does what `hooks` do for them.

    Each kind of failure is told once, as a `warning`, which no hook is run for.
    """

    def __init__(self, hooks: Sequence[Hook], tell: Tell) -> None:
        self._hooks, self._tell = hooks, tell
        self._queue: queue.Queue[tuple[Hook, Event]] = queue.Queue(WAITING)
        self._told: set[str] = set()
        self._undone = 0
        self._seconds = 0.0
        self._changed = Condition()
        for _ in range(AT_ONCE if hooks else 0):
            Thread(target=self._run, daemon=True, name="hook").start()

    def __call__(self, event: Event) -> None:
        """Take in an event."""
        self._tell(event)
        self._seconds = event.seconds
        for hook in self._hooks:
            if hook.wants(event):
                self._put(hook, event)

    def close(self, seconds: float) -> None:
        """Wait for what is still to be done, no longer than `seconds`, and tell what is left."""
        end = monotonic() + seconds
        with self._changed:
            while self._undone and (left := end - monotonic()) > 0:
                self._changed.wait(left)
            undone = self._undone
        if undone:
            calls = counted(undone, "call")
            self._warn(
                self._seconds, f"{calls} of --run or --post had not ended when the session was over"
            )

    def _put(self, hook: Hook, event: Event) -> None:
        with self._changed:
            self._undone += 1
        try:
            self._queue.put_nowait((hook, event))
        except queue.Full:
            self._finished(hook, event, "too many are waiting; some events were left out")

    def _run(self) -> None:
        while True:
            hook, event = self._queue.get()
            try:
                failure = hook.do(event)
            except Exception as error:  # whatever it is, the next event is taken
                failure = type(error).__name__
            self._finished(hook, event, failure)

    def _finished(self, hook: Hook, event: Event, failure: str | None) -> None:
        with self._changed:
            self._undone -= 1
            self._changed.notify_all()
        if failure:
            self._warn(event.seconds, f"{hook.what}: {failure}")

    def _warn(self, seconds: float, text: str) -> None:
        with self._changed:
            is_new = text not in self._told
            self._told.add(text)
        if is_new:
            self._tell(Event("warning", seconds, text))
