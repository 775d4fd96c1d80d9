"""Where a live session is shown: in the terminal, on a page, in a window, as lines."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING

from framepick.commands.shared import checked, json_line
from framepick.console import put, say
from framepick.errors import OutputError
from framepick.options.live import View

if TYPE_CHECKING:
    from framepick.live.events import Event, Tell
    from framepick.live.hooks import Hooks
    from framepick.live.running import Front
    from framepick.live.state import Watched


@dataclass(frozen=True, slots=True)
class Display:
    """What shows a session, and what takes its events."""

    fronts: Sequence[Front]
    tell: Tell


def display_of(view: View, port: int, opens: bool, as_json: bool) -> Display:
    """Make a display, or end the program where it cannot be had."""
    tell = tell_json if as_json else tell_text
    if view == View.AUTO:
        view = View.TERMINAL if sys.stderr.isatty() and not as_json else View.NONE
    match view:
        case View.TERMINAL:
            return Display([_terminal()], tell_json if as_json else tell_beside_view)
        case View.PAGE:
            return Display([_page(port, opens)], tell)
        case View.WINDOW:
            return Display([_window()], tell)
    return Display([], tell)


def hooks_of(run: str | None, post: str | None, tell: Tell) -> Hooks:
    """Make what follows events, or end the program where an option is wrong."""
    from framepick.live.hooks import Command, Hook, Hooks, Post

    given: list[tuple[Callable[[str], Hook], str | None]] = [(Command, run), (Post, post)]
    hooks = [checked(partial(make, value)) for make, value in given if value is not None]
    return Hooks(hooks, tell)


def tell_json(event: Event) -> None:
    """Put an event as JSON on a line of standard output."""
    facts = {"event": event.kind, "seconds": event.seconds, "text": event.text, **event.values}
    _put(json_line(facts))


def tell_text(event: Event) -> None:
    """Put stills on standard output, and say all else."""
    _put(event.text) if event.kind == "kept" else say(event.text)


def tell_beside_view(event: Event) -> None:
    """Put stills where standard output goes elsewhere, and say what a view does not show."""
    if event.kind == "kept":
        if not sys.stdout.isatty():
            _put(event.text)
    elif event.kind not in ("opened", "dropped", "guidance"):
        say(event.text)


def _put(text: str) -> None:
    """Print one result; a session goes on where nobody can read what it prints."""
    try:
        put(text)
    except OutputError as error:
        say(str(error))


def _terminal() -> Front:
    from framepick.displays.terminal.screen import terminal_front

    return terminal_front


def _window() -> Front:
    from framepick.displays.window import window_front

    return checked(window_front)


def _page(port: int, opens: bool) -> Front:
    from framepick.displays.page import Page

    page = checked(lambda: Page(port))
    say(f"shown at {page.url}")

    def front(watch: Watched) -> Callable[[], None]:
        end = page(watch)
        if opens:  # beside the session: some browsers are waited for
            Thread(target=webbrowser.open, args=(page.url,), daemon=True).start()
        return end

    return front
