"""Pages of the app in Chromium, used as a viewer would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.app.patience import SLOW
from tests.app.serving import Server
from tests.conftest import wait_for

LAPTOP: Mapping[str, Any] = {"viewport": {"width": 1366, "height": 900}}
PHONE: Mapping[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True}
STAGE = ".desk[data-stage=ready]"
"""The film once its picks are final."""


@contextmanager
def opened(
    browser: Any, server: Server, path: str = "", options: Mapping[str, Any] = LAPTOP
) -> Iterator[Any]:
    """Open a page; nothing may go wrong in it, and nothing be fetched from elsewhere."""
    faults: list[str] = []
    context = browser.new_context(**options)
    page = context.new_page()
    page.set_default_timeout(1000 * SLOW)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: _note_foreign(faults, request.url, server))
    page.goto(f"{server.url}/{path}")
    try:
        yield page
    finally:
        context.close()
    assert not faults


def _note_foreign(faults: list[str], url: str, server: Server) -> None:
    if not url.startswith((server.url, f"ws://127.0.0.1:{server.port}", "data:", "blob:")):
        faults.append(url)


def has_no_sideways_scrolling(page: Any) -> bool:
    width: int = page.viewport_size["width"]
    return bool(page.evaluate("document.documentElement.scrollWidth") <= width)


def picks(page: Any) -> list[str]:
    """Give the frames in the tray."""
    found: list[str] = page.locator("#tray li").evaluate_all("l => l.map(e => e.dataset.frame)")
    return found


def settled(page: Any, count: int) -> list[str]:
    """Give the frames in the tray once there are as many, and final."""
    assert wait_for(lambda: len(picks(page)) == count, SLOW)
    page.wait_for_selector(STAGE)
    return picks(page)
