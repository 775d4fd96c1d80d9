"""The camera page, driven as its widgets are, with real sessions on paced files."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from framepick.app.camera import Camera
from framepick.app.pages import camera_new
from framepick.app.service import Service
from framepick.app.visits import Visit
from framepick.sources.live.cameras import Camera as Found
from samples.clipmaker import Scene, View, load, render, write
from tests.app.patience import SLOW
from tests.app.texts import texts_of
from tests.conftest import wait_for


def camera_page() -> None:
    from framepick.app.pages.camera import show

    show()


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give half a minute of film."""
    path = tmp_path_factory.mktemp("street") / "street.mp4"
    pan = ((0.0, View(0.9)), (15.0, View(0.6)))
    scenes = [Scene(load(name), 15.0, camera=pan) for name in ("coffee", "rocket")]
    write(path, render(scenes, 320, 180, rate=10), rate=10, gop=10, bframes=2)
    return path


@pytest.fixture
def source(tmp_path: Path, street: Path) -> Path:
    return Path(shutil.copy(street, tmp_path / "street.mp4"))


@pytest.fixture(autouse=True)
def no_cameras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_new, "cameras", list)


class Page:
    """The page of one browser session."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.test = AppTest.from_function(camera_page, default_timeout=SLOW)
        self.run()

    def run(self) -> Page:
        self.test.run()
        assert not self.test.exception
        return self

    def choose(self, key: str, value: str) -> Page:
        self.test.button_group(key=key).set_value(value)
        return self.run()

    def type(self, key: str, text: str) -> Page:
        self.test.text_input(key=key).set_value(text)
        return self.run()

    def watch(self) -> Page:
        self.test.button(key="camera-start").click()
        return self.run()

    def watch_file(self, path: Path) -> Page:
        return self.choose("camera-kind", "file").type("camera-file", str(path)).watch()

    @property
    def visit(self) -> Visit:
        visit = self.service.visits.get(self.test.session_state["visit"])
        assert visit
        return visit

    @property
    def camera(self) -> Camera:
        camera = self.visit.open["camera"]
        assert isinstance(camera, Camera)
        return camera

    def is_at(self, stage: str) -> bool:
        return wait_for(lambda: self.camera.stage == stage, SLOW)

    def keep_one(self) -> Page:
        """Keep what is shown, and wait until it is saved."""
        assert self.is_at("watching")
        routes = self.camera.routes
        assert routes

        def state() -> dict[str, Any]:
            return dict(json.loads(routes.get("state", "").body))

        assert wait_for(lambda: state()["score"] is not None, SLOW)
        routes.post("press")
        assert wait_for(lambda: state()["kept_count"] > 0, SLOW)
        return self

    @property
    def texts(self) -> str:
        return texts_of(self.test)


@pytest.fixture
def page(service: Service) -> Iterator[Page]:
    page = Page(service)
    yield page
    page.visit.close()


def test_without_a_camera_the_page_says_so_and_offers_the_other_sources(page: Page) -> None:
    assert page.test.button_group(key="camera-kind").value == "stream"
    page.choose("camera-kind", "camera")
    assert "No camera was found" in page.texts
    assert page.test.button(key="camera-start").disabled


def test_cameras_are_listed_by_name(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Found(0, "/dev/video90", "Front", ()), Found(1, "/dev/video91", "Desk", ())]
    monkeypatch.setattr(camera_new, "cameras", lambda: found)
    page = Page(service)
    assert page.test.radio(key="device").options == ["Front", "Desk"]
    page.watch()
    assert page.is_at("failed")
    page.run()
    assert "/dev/video90" in page.test.error[0].value.replace("\\", "")


def test_a_frame_is_kept_and_can_be_downloaded_when_the_session_is_over(
    page: Page, source: Path
) -> None:
    page.choose("camera-mode", "press").watch_file(source).keep_one()
    page.camera.stop()
    assert page.is_at("over")
    page.run()
    assert "street.mp4" in page.texts
    assert "1 still" in page.texts
    [still] = page.camera.stills
    assert page.camera.folder
    assert page.camera.folder.is_relative_to(page.visit.folder)
    assert (page.camera.folder / still.name).is_file()
    assert any(still.name in getattr(one, "value", "") for one in page.test.get("html"))
    page.test.button(key="camera-leave").click()
    page.run()
    assert page.test.button(key="camera-start")


def test_stills_in_a_folder_of_the_user_stay(page: Page, source: Path, tmp_path: Path) -> None:
    page.choose("camera-place", "A folder").type("camera-out", str(tmp_path / "stills"))
    page.choose("camera-mode", "press").watch_file(source).keep_one()
    page.visit.close()
    [folder] = (tmp_path / "stills").iterdir()
    assert list(folder.glob("*.jpg"))
    assert not page.visit.folder.exists()


def test_no_process_is_left_when_the_browser_session_ends(page: Page, source: Path) -> None:
    before = set(psutil.Process().children(recursive=True))
    page.watch_file(source)
    assert page.is_at("watching")
    began = set(psutil.Process().children(recursive=True)) - before
    assert began
    page.visit.close()
    assert not [one for one in began if one.is_running()]


def test_a_session_shows_its_page_while_it_goes_on(page: Page, source: Path) -> None:
    page.watch_file(source)
    assert page.is_at("watching")
    page.run()
    routes = page.camera.routes
    assert routes
    assert b"street.mp4" in routes.get("", "").body
    assert wait_for(lambda: len(json.loads(routes.get("state", "").body)["curve"]["level"]) > 3)


def test_a_file_that_ends_ends_the_session(page: Page, film: Path) -> None:
    page.watch_file(film)
    assert page.is_at("over")
    page.run()
    assert "New session" in [one.label for one in page.test.button]


WRONG = [
    ("camera", "is no address"),
    ("lavfi:testsrc", "is no address"),
    ("-", "is no address"),
    ("file:///etc/passwd", "no such kind of stream is read"),
    ("ftp://camera/x", "no such kind of stream is read"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_what_is_no_stream_is_refused(page: Page, text: str, message: str) -> None:
    page.type("camera-stream", text).watch()
    assert message in page.texts
    assert "camera" not in page.visit.open


def test_a_connection_that_is_refused_is_one_clear_line(page: Page) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    page.type("camera-stream", f"tcp://user:secret@127.0.0.1:{port}").watch()
    assert page.is_at("failed")
    page.run()
    [error] = page.test.error
    assert "127.0.0.1" in error.value.replace("\\", "")
    assert "nobody answers" in error.value
    assert "secret" not in error.value
    assert page.test.button(key="camera-start")


@pytest.mark.parametrize("name", ["/etc/passwd", "missing.mp4"])
def test_files_come_from_the_roots_only(page: Page, tmp_path: Path, name: str) -> None:
    page.watch_file(tmp_path / name)
    [error] = page.test.error
    text = error.value.replace("\\", "")
    assert "outside of the folders" in text or "there is no such file" in text
    assert "camera" not in page.visit.open


def test_stills_go_nowhere_else(page: Page, source: Path) -> None:
    page.choose("camera-place", "A folder").type("camera-out", "/etc/stills")
    page.watch_file(source)
    assert "outside of the folders" in page.texts


def test_two_sessions_do_not_mix(service: Service, page: Page, source: Path, film: Path) -> None:
    other = Page(service)
    page.watch_file(source)
    other.watch_file(film)
    assert page.is_at("watching")
    assert other.is_at("over")
    assert page.camera.stage == "watching"
    assert page.camera.source == "street.mp4"
    assert other.camera.source == "film.mp4"
    other.visit.close()
