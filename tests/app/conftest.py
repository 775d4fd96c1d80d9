"""The app in this process, and a film to try it on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from framepick.app.roots import Roots
from framepick.app.service import Service, begin
from framepick.app.settings import Settings
from samples.clipmaker import Scene, View, flat, load, render, write
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
