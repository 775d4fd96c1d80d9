"""The app in this process, and a film to try it on."""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette

from framepick.app.roots import Roots
from framepick.app.routes import routes
from framepick.app.service import Service, begin
from framepick.app.settings import Settings
from samples.clipmaker import Scene, View, flat, load, render, write
from tests.app.video_page import Page
from tests.conftest import wait_for
from tests.tiny import tiny_weights


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a pan, half a second of black, another pan: 4.5 s in all."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    pan = ((0.0, View(0.9)), (2.0, View(0.6)))
    scenes = [Scene(load(name), 2.0, camera=pan) for name in ("coffee", "rocket")]
    scenes.insert(1, Scene(flat((0, 0, 0)), 0.5))
    write(path, render(scenes, 320, 180, rate=20), rate=20, gop=20, bframes=2)
    return path


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder in which temporary folders are made."""
    path = tmp_path / "scratch"
    path.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(path))
    return path


@pytest.fixture
def service(
    weights: Path, film: Path, tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Service]:
    """Give what the pages share; whatever a test does, nothing temporary stays."""
    monkeypatch.setenv("FRAMEPICK_HOME", str(tmp_path / "home"))
    roots = Roots.of([film.parent, tmp_path])
    service = Service(
        Settings(roots, upload_limit_bytes=2_000_000, weights=weights), lambda _: True
    )
    begin(service)
    yield service
    service.close()
    assert list(scratch.iterdir()) == []


@pytest.fixture
def page(service: Service) -> Page:
    """Give the video page."""
    return Page(service)


@pytest.fixture
def port(service: Service) -> Iterator[int]:
    """Give the port at which the addresses beside the pages answer."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(Starlette(routes=routes()), log_level="error")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        assert wait_for(lambda: server.started)
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(10)
