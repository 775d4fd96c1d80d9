"""The app in this process, and a film to try it on."""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import uvicorn
from PIL import Image
from starlette.applications import Starlette

from framepick.aesthetic import AestheticModel, load_model
from framepick.app.roots import Roots
from framepick.app.routes import routes
from framepick.app.service import Service, begin
from framepick.app.settings import Settings
from samples.clipmaker import Scene, View, flat, load, render, write
from tests.app.command import run
from tests.app.serving import Server, served
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


@pytest.fixture(scope="session")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a minute of film, and three photos that tiny weights take for alike.

    Two of the photos show a face.
    """
    folder = tmp_path_factory.mktemp("footage") / "trip"
    folder.mkdir()
    pan = ((0.0, View(0.9)), (30.0, View(0.6)))
    scenes = [Scene(load(name), 30.0, camera=pan) for name in ("coffee", "rocket")]
    write(folder / "street.mp4", render(scenes, 320, 180, rate=10), rate=10, gop=10, bframes=2)
    for name, picture in (("a", "astronaut"), ("b", "astronaut"), ("c", "coffee")):
        Image.fromarray(load(picture, (600, 400))).save(folder / f"{name}.jpg", quality=60)
    return folder


@pytest.fixture(scope="session")
def server(
    tmp_path_factory: pytest.TempPathFactory, weights: Path, footage: Path
) -> Iterator[Server]:
    """Give a server for all tests in a browser whose states do not mix."""
    folder = tmp_path_factory.mktemp("app")
    with served(folder, footage, "--upload-limit", "2M", weights=weights) as server:
        yield server


@pytest.fixture(scope="session")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a taste, anna, that likes the second of the two things which the film shows."""
    folder = tmp_path_factory.mktemp("learnt")
    for name in ("rocket", "coffee"):
        (folder / name).mkdir()
        for place in range(10):
            left, top = 15 * place, 6 * place
            part = load(name, (400, 300))[top : top + 220, left : left + 240]
            Image.fromarray(part).save(folder / name / f"{place}.png")
    words = ["--like", folder / "rocket", "--dislike", folder / "coffee"]
    assert run("taste", "learn", *words, "--out", folder / "anna.safetensors") == 0
    return folder / "anna.safetensors"


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder in which temporary folders are made."""
    path = tmp_path / "scratch"
    path.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(path))
    return path


@cache
def loaded(weights: Path | None) -> AestheticModel:
    """Load weights once for all tests."""
    return load_model(weights)


@pytest.fixture
def service(
    weights: Path, film: Path, tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Service]:
    """Give what the pages share; whatever a test does, nothing temporary stays."""
    monkeypatch.setenv("FRAMEPICK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("framepick.app.film.films.load_model", loaded)
    roots = Roots.of([film.parent, tmp_path])
    service = Service(
        Settings(roots, upload_limit_bytes=2_000_000, weights=weights), lambda _: True
    )
    begin(service)
    yield service
    service.close()
    assert list(scratch.iterdir()) == []


@pytest.fixture(scope="session")
def searched_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a cache for tests that look at films which were searched before."""
    return tmp_path_factory.mktemp("searched")


@pytest.fixture
def page(service: Service, searched_before: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    """Give the video page; what one test has searched is not searched again for the next."""
    monkeypatch.setenv("FRAMEPICK_CACHE", str(searched_before))
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
