"""Shows a live session on the terminal of standard error, and takes keys."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack

from rich.console import Console, RenderableType
from rich.live import Live

from framepick.displays.terminal.keys import keys_told
from framepick.displays.terminal.view import live_view
from framepick.live.state import Watched

REFRESHES_PER_SECOND = 5.0


def terminal_front(watch: Watched) -> Callable[[], None]:
    """Show a session from now on; give what ends that, and leaves its last state standing."""
    console = Console(stderr=True)
    stack = ExitStack()

    def on_key(key: str) -> None:
        if key == " ":
            watch.commands.put("press")
        elif key in "qQ":
            watch.commands.put("stop")

    has_keys = stack.enter_context(keys_told(on_key))

    def drawn() -> RenderableType:
        if console.color_system == "truecolor":
            watch.want_pictures()
        return live_view(watch.state, console.width, has_keys)

    live = Live(
        console=console,
        get_renderable=drawn,
        refresh_per_second=REFRESHES_PER_SECOND,
        redirect_stdout=sys.stdout.isatty(),
    )
    stack.enter_context(live)
    return stack.close
