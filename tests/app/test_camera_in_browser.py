"""A camera that is watched in Chromium, and let go with its tab."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.app.browsing import LAPTOP, PHONE, has_no_sideways_scrolling, opened
from tests.app.serving import Server, served
from tests.conftest import wait_for


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, footage: Path, weights: Path
) -> Iterator[Server]:
    """Give a server of its own, whose processes are counted."""
    with served(tmp_path_factory.mktemp("camera"), footage, weights=weights) as server:
        yield server


@contextmanager
def watched(
    browser: Any, server: Server, options: Mapping[str, Any] = LAPTOP
) -> Iterator[tuple[Any, Any]]:
    """Watch the film; give the page, and the session in it."""
    with opened(browser, server, "camera", options) as page:
        page.get_by_text("Video file").click()
        page.get_by_role("button", name="street.mp4").click()
        page.get_by_role("button", name="Watch").and_(page.locator(":enabled")).click()
        session = page.frame_locator("iframe[title='Live session']")
        session.locator("#picture").wait_for()
        yield page, session


def processes_of(server: Server) -> list[psutil.Process]:
    found: list[psutil.Process] = psutil.Process(server.process.pid).children(recursive=True)
    return found


def test_one_is_kept_from_a_paced_source_and_its_file_is_found(
    browser: Any, server: Server
) -> None:
    with watched(browser, server) as (page, session):
        assert session.locator("#curve").evaluate("c => c.width") > 300
        session.locator("#score").filter(has_text=".").wait_for()
        page.locator("body").press("Space")  # the key of the page within works around it, too
        session.locator("#best").wait_for()
        name = session.locator("#strip .still img").first.get_attribute("alt")
        session.locator("#stop").click()
        session.locator("#stop").click()
        page.get_by_role("button", name="New session").wait_for()
        still = page.locator(".stills img").last
        assert still.evaluate("e => e.decode().then(() => e.naturalWidth)") == 320
        with page.expect_download() as coming:
            page.get_by_role("link", name="Download all").click()
        with zipfile.ZipFile(io.BytesIO(Path(coming.value.path()).read_bytes())) as archive:
            assert name in archive.namelist()
            assert archive.testzip() is None


def test_a_phone_shows_picture_curve_and_button_without_sideways_scrolling(
    browser: Any, server: Server
) -> None:
    with watched(browser, server, PHONE) as (page, session):
        button = session.locator("#keep").bounding_box()
        assert button["y"] + button["height"] < 844
        assert has_no_sideways_scrolling(page)


def test_no_capture_process_and_no_file_is_left_once_the_tabs_are_closed(
    browser: Any, server: Server
) -> None:
    with watched(browser, server):
        assert processes_of(server)
    assert wait_for(lambda: not processes_of(server), 60)
    left = [path for path in server.temporary.rglob("*") if path.is_file()]
    assert not left
