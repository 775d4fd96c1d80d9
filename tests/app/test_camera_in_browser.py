"""A camera that is watched in Chromium, and let go with its tab."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from samples.clipmaker import Scene, View, load, render, write
from tests.app.serving import Server, served
from tests.conftest import wait_for

SLOW = 60_000
"""Milliseconds that a busy machine may take."""


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a minute of film."""
    path = tmp_path_factory.mktemp("street") / "street.mp4"
    pan = ((0.0, View(0.9)), (30.0, View(0.6)))
    scenes = [Scene(load(name), 30.0, camera=pan) for name in ("coffee", "rocket")]
    write(path, render(scenes, 320, 180, rate=10), rate=10, gop=10, bframes=2)
    return path


@pytest.fixture
def server(tmp_path: Path, street: Path, weights: Path) -> Iterator[Server]:
    with served(tmp_path, street.parent, weights=weights) as server:
        yield server


def watched(browser: Any, server: Server, street: Path, **options: Any) -> Any:
    """Open the page and watch the film; give the page."""
    page = browser.new_context(
        **({"viewport": {"width": 1366, "height": 900}} | options)
    ).new_page()
    page.set_default_timeout(SLOW)
    page.goto(f"{server.url}/camera")
    page.get_by_text("Video file").click()
    page.get_by_role("button", name=street.name).click()
    page.get_by_role("button", name="Watch").and_(page.locator(":enabled")).click()
    session(page).locator("#picture").wait_for()
    return page


def session(page: Any) -> Any:
    return page.frame_locator("iframe[title='Live session']")


def processes_of(server: Server) -> list[psutil.Process]:
    found: list[psutil.Process] = psutil.Process(server.process.pid).children(recursive=True)
    return found


def test_one_is_kept_from_a_paced_source_and_its_file_is_found(
    browser: Any, server: Server, street: Path
) -> None:
    page = watched(browser, server, street)
    inner = session(page)
    assert inner.locator("#curve").evaluate("c => c.width") > 300
    inner.locator("#score").filter(has_text=".").wait_for()
    page.locator("body").press("Space")  # the key of the page within works around it, too
    inner.locator("#best").wait_for()
    name = inner.locator("#strip .still img").first.get_attribute("alt")
    inner.locator("#stop").click()
    inner.locator("#stop").click()
    page.get_by_role("button", name="New session").wait_for()
    still = page.locator(".stills img").last
    assert still.evaluate("e => e.decode().then(() => e.naturalWidth)") == 320
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download all").click()
    with zipfile.ZipFile(io.BytesIO(Path(coming.value.path()).read_bytes())) as archive:
        assert name in archive.namelist()
        assert archive.testzip() is None
    page.context.close()
    assert wait_for(lambda: not processes_of(server))


def test_no_capture_process_is_left_when_the_tab_is_closed(
    browser: Any, server: Server, street: Path
) -> None:
    page = watched(browser, server, street)
    assert processes_of(server)
    page.context.close()
    assert wait_for(lambda: not processes_of(server), 50)
    left = [path for path in server.temporary.rglob("*") if path.is_file()]
    assert not left


def test_a_phone_shows_picture_curve_and_button_without_sideways_scrolling(
    browser: Any, server: Server, street: Path
) -> None:
    page = watched(browser, server, street, viewport={"width": 390, "height": 844}, is_mobile=True)
    button = session(page).locator("#keep").bounding_box()
    assert button["y"] + button["height"] < 844
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()
