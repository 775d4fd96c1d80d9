"""A batch that is started in Chromium, and goes on without it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from framepick.app.batches import Job
from tests.app.serving import Server, served
from tests.conftest import wait_for

SLOW = 120_000
"""Milliseconds that a busy machine may take."""


@pytest.fixture
def card(tmp_path: Path, film: Path) -> Path:
    """Give a folder with two films and a file that is none."""
    folder = tmp_path / "card"
    folder.mkdir()
    shutil.copy(film, folder / "first.mp4")
    shutil.copy(film, folder / "sec'ond <b>.mp4")
    (folder / "bad.mp4").write_bytes(b"no video")
    return folder


@contextmanager
def page_of(browser: Any, server: Server, **options: Any) -> Iterator[Any]:
    """Open the page; nothing may go wrong in it, and nothing be fetched from elsewhere."""
    faults: list[str] = []
    context = browser.new_context(**({"viewport": {"width": 1366, "height": 900}} | options))
    page = context.new_page()
    page.set_default_timeout(SLOW)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: _note_foreign(faults, request.url, server))
    page.goto(f"{server.url}/folder")
    yield page
    context.close()
    assert not faults


def _note_foreign(faults: list[str], url: str, server: Server) -> None:
    if not url.startswith((server.url, f"ws://127.0.0.1:{server.port}", "data:", "blob:")):
        faults.append(url)


def job_of(server: Server) -> Job:
    [values] = json.loads((server.home / "batches.json").read_text())["batches"]
    return Job.of_json(values)


def test_a_batch_survives_a_closed_tab_and_a_closed_app(
    browser: Any, tmp_path: Path, card: Path, weights: Path
) -> None:
    with served(tmp_path, card, weights=weights) as server:
        with page_of(browser, server) as page:
            page.get_by_role("button", name="Start").click()
            page.get_by_text("It goes on if you close this page").wait_for()
            page.reload()
            page.get_by_text("It goes on if you close this page").wait_for()
        job = job_of(server)
        assert job.is_running
    assert server.process.returncode == 0
    assert wait_for(lambda: not job.is_running, SLOW / 1000)
    assert (card / "picks/first.mp4/picks.json").is_file()
    with served(tmp_path, card, weights=weights) as server, page_of(browser, server) as page:
        page.get_by_role("button", name=f"{card} → {card / 'picks'}").click()
        page.get_by_text("2 videos with picks · 1 failed").wait_for()
        page.get_by_text("is not a video that can be read").wait_for()
        pictures = page.locator(".strip img")
        assert pictures.count() == 2
        assert wait_for(lambda: all(pictures.evaluate_all("l => l.map(e => e.naturalWidth > 0)")))
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Overview").click()
        overview = opened.value
        overview.get_by_text("first.mp4").first.wait_for()
        assert overview.evaluate("self.origin") == "null"
        assert overview.locator("img").first.evaluate("e => e.decode().then(() => e.naturalWidth)")
        overview.close()
        page.get_by_role("button", name="Open").first.click()
        page.wait_for_selector(".desk[data-stage=ready]")
        assert page.locator("#tray li").count() == 5


def test_a_phone_shows_it_without_sideways_scrolling(
    browser: Any, tmp_path: Path, card: Path, weights: Path
) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "is_mobile": True}
    with (
        served(tmp_path, card, weights=weights) as server,
        page_of(browser, server, **phone) as page,
    ):
        page.get_by_role("button", name="Start").click()
        page.get_by_text("2 videos with picks · 1 failed").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
