"""A server in front of another one that answers some requests by itself, as stores may do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import urlparse

Answer = Callable[[str, str], int | None]
"""Takes method and path of a request, and gives the status to answer with; None passes it on."""
_FAULT = b"<Error><Code>InternalError</Code><Message>try again</Message></Error>"


@dataclass
class Front:
    """What the server in front does."""

    address: str
    answer: Answer = lambda method, path: None
    requests: list[str] = field(default_factory=list)
    """Methods and paths of all requests."""


@contextmanager
def in_front_of(address: str) -> Iterator[Front]:
    """Run a server in front of the one at an address."""
    behind, lock = urlparse(address), Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with lock:
                front.requests.append(f"{self.command} {self.path}")
                status = front.answer(self.command, self.path)
            if status:
                self._reply(status, [("Content-Type", "application/xml")], _FAULT)
                return
            connection = HTTPConnection(behind.netloc)
            connection.request(self.command, self.path, content, dict(self.headers))
            got = connection.getresponse()
            self._reply(got.status, got.getheaders(), got.read())
            connection.close()

        def _reply(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            self.send_response(status)
            is_head = self.command == "HEAD"
            for name, value in headers:
                is_length = name.lower() == "content-length"
                if name.lower() != "transfer-encoding" and (is_head or not is_length):
                    self.send_header(name, value)
            if not is_head:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if not is_head:
                self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    front = Front(f"http://127.0.0.1:{server.server_address[1]}")
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield front
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
