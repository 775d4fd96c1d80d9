"""A web server for one page on this machine, which answers nobody else."""

from __future__ import annotations

import secrets
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

from framepick.displays.page.routes import Reply, Routes
from framepick.errors import UsageError

HOST = "127.0.0.1"
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "connect-src 'self'",
        "img-src 'self' blob: data:",
        # the report, which the page keeps for the time after the end, has its own within
        "style-src 'self' 'unsafe-inline'",
        "script-src 'self' 'unsafe-inline'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
FORBIDDEN = Reply(403, body=b"This page is for the one who started the session.")


class PageServer(ThreadingHTTPServer):
    """Serves `routes` at `url`, whose first part is a token that nobody else can guess.

    Raises
    ------
    UsageError
        The port cannot be used.
    """

    daemon_threads = True
    block_on_close = False
    routes: Routes | None = None

    def __init__(self, port: int = 0) -> None:
        self.token = secrets.token_urlsafe(16)
        try:
            super().__init__((HOST, port), _Handler)
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise UsageError(f"--port {port}: cannot be used ({why}); choose another") from error

    @property
    def hosts(self) -> tuple[str, str]:
        """What a browser on this machine may call the server."""
        return f"{HOST}:{self.server_port}", f"localhost:{self.server_port}"

    @property
    def url(self) -> str:
        """Address of the page."""
        return f"http://{self.hosts[0]}/{self.token}/"

    def begin(self, routes: Routes) -> None:
        """Answer from now on."""
        self.routes = routes
        Thread(target=self.serve_forever, args=(0.1,), daemon=True, name="page").start()

    def end(self) -> None:
        """Answer no more, not even on connections that are open."""
        self.routes = None
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: browsers close connections whenever they like."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "framepick", ""
    timeout = 5.0
    server: PageServer

    def do_GET(self) -> None:
        path, query = self._asked()
        routes = self.server.routes
        self._send(routes.get(path, query) if routes and path is not None else FORBIDDEN)

    def do_POST(self) -> None:
        path, _ = self._asked()
        routes = self.server.routes
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # a body is never read, and is no request either
        is_own = self.headers.get("Origin") in (None, *(f"http://{h}" for h in self.server.hosts))
        self._send(routes.post(path) if routes and path is not None and is_own else FORBIDDEN)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""

    def _asked(self) -> tuple[str | None, str]:
        """Give path without the token, and query; no path where host or token are wrong.

        A host that is not this machine's means that another site's name was made to point here.
        """
        parts = urlsplit(self.path)
        token, _, path = parts.path.removeprefix("/").partition("/")
        is_ours = self.headers.get("Host") in self.server.hosts
        if not is_ours or not secrets.compare_digest(token.encode(), self.server.token.encode()):
            return None, ""
        return unquote(path), parts.query

    def _send(self, reply: Reply) -> None:
        self.close_connection |= self.server.routes is None
        self.send_response(reply.code)
        text = reply.type.startswith("text/") or reply.type == "application/json"
        self.send_header("Content-Type", reply.type + ("; charset=utf-8" if text else ""))
        if reply.code != 204:
            self.send_header("Content-Length", str(len(reply.body)))
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)
