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
"""How many calls of one hook run at the same time."""
WAITING = 64
"""How many calls of one hook may wait; events that come meanwhile are left out."""


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
        self._tell = tell
        self._told: set[str] = set()
        self._undone = 0
        self._seconds = 0.0
        self._changed = Condition()
        # one queue for each: an address that hangs does not keep a command waiting
        self._queues = [(hook, queue.Queue[Event](WAITING)) for hook in hooks]
        for one in AT_ONCE * self._queues:
            Thread(target=self._run, args=one, daemon=True, name="hook").start()

    def __call__(self, event: Event) -> None:
        """Take in an event."""
        self._tell(event)
        self._seconds = event.seconds
        for hook, waiting in self._queues:
            if hook.wants(event):
                self._put(hook, waiting, event)

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

    def _put(self, hook: Hook, waiting: queue.Queue[Event], event: Event) -> None:
        with self._changed:
            self._undone += 1
        try:
            waiting.put_nowait(event)
        except queue.Full:
            self._finished(hook, event, "too many are waiting; some events were left out")

    def _run(self, hook: Hook, waiting: queue.Queue[Event]) -> None:
        while True:
            event = waiting.get()
            try:
                failure = hook.do(event)
            except Exception as error:  # whatever it is, the next event is taken
                failure = type(error).__name__
            self._finished(hook, event, failure)

    def _finished(self, hook: Hook, event: Event, failure: str | None) -> None:
        if failure:
            self._warn(event.seconds, f"{hook.what}: {failure}")
        with self._changed:
            self._undone -= 1
            self._changed.notify_all()

    def _warn(self, seconds: float, text: str) -> None:
        with self._changed:
            is_new = text not in self._told
            self._told.add(text)
        if is_new:
            self._tell(Event("warning", seconds, text))
