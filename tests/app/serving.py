"""The app as a process of its own, as `framepick app` starts it."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.conftest import wait_for


@dataclass(frozen=True)
class Server:
    """A server of the app that runs."""

    process: subprocess.Popen[str]
    port: int
    temporary: Path
    """The folder that temporary folders are made in."""
    home: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, host: str | None = None, method: str = "GET") -> tuple[int, bytes]:
        headers = {"Host": host} if host else {}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as link:
            link.request(method, path, headers=headers)
            answer = link.getresponse()
            return answer.status, answer.read()

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


@contextmanager
def served(
    folder: Path, *arguments: object, weights: Path | None = None, module: str = "framepick.cli"
) -> Iterator[Server]:
    """Run `framepick app` with `arguments`; all that it keeps lies below `folder`."""
    temporary, home = folder / "tmp", folder / "home"
    for one in (temporary, home):
        one.mkdir(exist_ok=True)
    options = ["--port", "0", "--no-browser", *(["--weights", str(weights)] if weights else [])]
    words = [sys.executable, "-m", module, "app", *map(str, arguments), *options]
    places = {"FRAMEPICK_CACHE": str(folder / "cache")}
    places |= {"TMPDIR": str(temporary), "FRAMEPICK_HOME": str(home), "HOME": str(folder)}
    with subprocess.Popen(
        words, cwd=folder, env=os.environ | places, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Server(process, _port(process), temporary, home)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()


def listening(process: subprocess.Popen[str]) -> list[tuple[str, int]]:
    """Give the addresses that a process listens on."""
    if process.poll() is not None:
        assert process.stderr
        raise AssertionError(process.stderr.read())
    connections = psutil.Process(process.pid).net_connections()
    return [(one.laddr.ip, one.laddr.port) for one in connections if one.status == "LISTEN"]


def _port(process: subprocess.Popen[str]) -> int:
    assert wait_for(lambda: bool(listening(process)), 60)
    return listening(process)[0][1]
