"""A web page on this machine that shows a session."""

from __future__ import annotations

from collections.abc import Callable

from framepick.displays.page.routes import Routes
from framepick.displays.page.server import PageServer
from framepick.live.state import Watched

WATCHED_SECONDS = 1.5
"""A page that asked for nothing for so long is closed, or hidden."""
GOODBYE_SECONDS = 0.4
"""How long an open page is waited for at the end; it fetches the report meanwhile."""


class Page:
    """Shows a session at `url`, from its construction on.

    Raises
    ------
    UsageError
        The port cannot be used.
    """

    def __init__(self, port: int = 0) -> None:
        self._server = PageServer(port)
        self.url = self._server.url

    def __call__(self, watch: Watched) -> Callable[[], None]:
        """Show a session; give what ends that."""
        routes = Routes(watch)
        self._server.begin(routes)
        return lambda: self._end(routes)

    def _end(self, routes: Routes) -> None:
        if routes.is_watched(WATCHED_SECONDS):
            routes.left.wait(GOODBYE_SECONDS)
        self._server.end()
