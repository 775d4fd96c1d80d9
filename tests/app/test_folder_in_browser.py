"""A batch that is started in Chromium, and goes on without it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from framepick.app.batches import Job
from tests.app.browsing import PHONE, has_no_sideways_scrolling, opened
from tests.app.patience import SLOW
from tests.app.serving import Server, served
from tests.conftest import wait_for


@pytest.fixture
def card(tmp_path: Path, film: Path) -> Path:
    """Give a folder with two films and a file that is none."""
    folder = tmp_path / "card"
    folder.mkdir()
    shutil.copy(film, folder / "first.mp4")
    shutil.copy(film, folder / "sec'ond <b>.mp4")
    (folder / "bad.mp4").write_bytes(b"no video")
    return folder


def job_of(server: Server) -> Job:
    [values] = json.loads((server.home / "batches.json").read_text())["batches"]
    return Job.of_json(values)


def test_a_batch_survives_a_closed_tab_and_a_closed_app_and_is_seen_on_a_phone(
    browser: Any, tmp_path: Path, card: Path, weights: Path
) -> None:
    with served(tmp_path, card, weights=weights) as server:
        with opened(browser, server, "folder") as page:
            page.get_by_role("button", name="Start").click()
            page.get_by_text("It goes on if you close this page").wait_for()
            page.reload()
            page.get_by_text("It goes on if you close this page").wait_for()
        job = job_of(server)
        assert job.is_running
    assert server.process.returncode == 0
    assert wait_for(lambda: not job.is_running, SLOW)
    assert (card / "picks/first.mp4/picks.json").is_file()
    with (
        served(tmp_path, card, weights=weights) as server,
        opened(browser, server, "folder") as page,
    ):
        page.get_by_role("button", name=f"{card} → {card / 'picks'}").click()
        page.get_by_text("2 videos with picks · 1 failed").wait_for()
        page.get_by_text("is not a video that can be read").wait_for()
        pictures = page.locator(".strip img")
        assert pictures.count() == 2
        assert wait_for(lambda: all(pictures.evaluate_all("l => l.map(e => e.naturalWidth > 0)")))
        with page.context.expect_page() as coming:
            page.get_by_role("link", name="Overview").click()
        overview = coming.value
        overview.get_by_text("first.mp4").first.wait_for()
        assert overview.evaluate("self.origin") == "null"
        assert overview.locator("img").first.evaluate("e => e.decode().then(() => e.naturalWidth)")
        overview.close()
        page.get_by_role("button", name="Open").first.click()
        page.wait_for_selector(".desk[data-stage=ready]")
        assert page.locator("#tray li").count() == 5
        with opened(browser, server, "folder", PHONE) as phone:
            phone.get_by_role("button", name=f"{card} → {card / 'picks'}").click()
            phone.get_by_text("2 videos with picks · 1 failed").wait_for()
            assert has_no_sideways_scrolling(phone)
