"""Where a live session is shown: in the terminal, on a page, in a window, as lines."""

from __future__ import annotations

import json
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from framepick.commands.shared import checked
from framepick.console import put, say
from framepick.options.live import View

if TYPE_CHECKING:
    from framepick.live.events import Event, Tell
    from framepick.live.running import Front
    from framepick.live.watch import Watch


@dataclass(frozen=True, slots=True)
class Display:
    """What shows a session, and what takes its events."""

    fronts: Sequence[Front]
    tell: Tell


def display_of(view: View, port: int, opens: bool, as_json: bool) -> Display:
    """Make a display, or end the program where it cannot be had."""
    tell = tell_json if as_json else tell_text
    if view == View.PAGE:
        return Display([_page(port, opens)], tell)
    return Display([], tell)


def tell_json(event: Event) -> None:
    """Put an event as JSON on a line of standard output."""
    facts = {"event": event.kind, "seconds": event.seconds, "text": event.text, **event.values}
    put(json.dumps(facts))


def tell_text(event: Event) -> None:
    """Put stills on standard output, and say all else."""
    put(event.text) if event.kind == "kept" else say(event.text)


def _page(port: int, opens: bool) -> Front:
    from framepick.live.displays.page import Page

    page = checked(lambda: Page(port))
    say(f"shown at {page.url}")

    def front(watch: Watch) -> Callable[[], None]:
        end = page(watch)
        if opens:
            webbrowser.open(page.url)
        return end

    return front
