"""Pages opened in a browser, and what goes wrong in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Opened:
    """A page in the browser and what went wrong in it."""

    page: Any
    faults: list[str]

    @property
    def tip(self) -> str:
        self.page.wait_for_timeout(60)
        text: str = self.page.locator("#tip").inner_text()
        return text

    def point(self, share: float) -> None:
        """Move the mouse over the curve, `share` of its width from the left."""
        box = self.page.locator("#plot").bounding_box()
        self.page.mouse.move(box["x"] + 42 + share * (box["width"] - 52), box["y"] + 150)


def opened(browser: Any, path: Path, **options: Any) -> Opened:
    page = browser.new_context(
        **({"viewport": {"width": 1366, "height": 900}} | options)
    ).new_page()
    it = Opened(page, [])
    page.on("console", lambda message: it.faults.append(message.text))
    page.on("pageerror", lambda error: it.faults.append(str(error)))
    page.on("request", lambda request: _only_local(it, request.url))
    page.goto(path.as_uri())
    page.wait_for_timeout(150)
    return it


def _only_local(it: Opened, url: str) -> None:
    if not url.startswith(("file:", "data:")):
        it.faults.append(url)
