"""The server of the app: for this machine only, and gone without a trace."""

from __future__ import annotations

import base64
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from framepick.app.server import options
from tests.app.serving import Server, listening, served
from tests.command_line import framepick
from tests.conftest import wait_for


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with served(folder, folder) as server:
        yield server


def test_it_listens_on_this_machine_only(server: Server) -> None:
    assert {place for place, _ in listening(server.process)} == {"127.0.0.1"}


def test_it_answers_by_its_own_names_only(server: Server) -> None:
    assert server.get("/")[0] == 200
    assert server.get("/", "localhost")[0] == 200
    for path in ("/", "/_stcore/health", "/framepick/x/film/video"):
        for host in ("evil.example", "127.0.0.1.evil.example"):
            status, body = server.get(path, host)
            assert status == 400, (path, host)
            assert b"<html" not in body


def test_a_page_of_another_site_cannot_connect(server: Server) -> None:
    for host, origin, status in (
        ("evil.example", "http://evil.example", b"400"),
        (f"127.0.0.1:{server.port}", "http://evil.example", b"403"),
    ):
        with socket.create_connection(("127.0.0.1", server.port), 10) as link:
            key = base64.b64encode(os.urandom(16)).decode()
            link.sendall(
                f"GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
            )
            assert link.recv(100).split()[1] == status


def test_nothing_of_a_session_is_given_without_its_token(server: Server) -> None:
    for path in ("/framepick/guess/film/video", "/framepick/guess/film/video/frame/0/480"):
        assert server.get(path)[0] == 404
    assert server.get("/framepick/guess/upload?name=x.mp4", method="PUT")[0] == 404


def test_settings_that_keep_the_app_safe() -> None:
    settings = options(8501, is_headless=True)
    assert settings["server.address"] == "127.0.0.1"
    assert settings["server.allowedHosts"] == ["127.0.0.1", "localhost"]
    assert settings["server.enableXsrfProtection"] is True
    assert settings["browser.gatherUsageStats"] is False
    assert settings["client.showErrorDetails"] == "none"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_all_that_it_started(tmp_path: Path, number: int) -> None:
    with served(tmp_path, tmp_path) as server:
        children = psutil.Process(server.process.pid).children(recursive=True)
        assert len(list(server.temporary.iterdir())) == 1
        assert server.end(number) == 0
        assert not [child for child in children if child.is_running()]
        assert list(server.temporary.iterdir()) == []


def test_what_a_killed_server_left_is_removed_by_the_next(tmp_path: Path) -> None:
    with served(tmp_path, tmp_path) as server:
        server.process.kill()
        server.process.wait(10)
        [left] = server.temporary.iterdir()
        (left / "upload.mp4").write_bytes(b"film")
        (server.temporary / "framepick-app-mine").mkdir()
    with served(tmp_path, tmp_path) as server:
        assert wait_for(lambda: not left.exists())
        assert (server.temporary / "framepick-app-mine").exists()


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = framepick(tmp_path, "app", tmp_path, "--port", taken.getsockname()[1])
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "is taken; choose another" in done.stderr


def test_a_folder_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("missing", "file"):
        done = framepick(tmp_path, "app", tmp_path / name)
        assert done.returncode == 2
        assert done.stderr.startswith(f"framepick: {tmp_path / name}: cannot be opened as a folder")


def test_without_streamlit_one_line_tells_what_to_install() -> None:
    start = (
        "import sys; sys.modules['streamlit'] = None; sys.argv = ['framepick', 'app'];"
        "from framepick.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", start], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == (
        "framepick: the app needs streamlit, not installed here; pip install 'framepick[app]'\n"
    )
