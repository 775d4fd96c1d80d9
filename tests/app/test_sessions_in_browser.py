"""Three browsers at once on two films: what they do does not mix, and no film is decoded twice."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from samples.clipmaker import numbered, write
from tests.app.browsing import opened, picks, settled
from tests.app.serving import Server, served
from tests.conftest import wait_for


@pytest.fixture
def films(tmp_path: Path, film: Path) -> Path:
    """Give a folder of two films."""
    folder = tmp_path / "films"
    folder.mkdir()
    shutil.copy(film, folder / "first.mp4")
    write(folder / "second.mp4", numbered(60), gop=30)
    return folder


@pytest.fixture
def decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the file in which the server notes each film that it decodes."""
    monkeypatch.setenv("FRAMEPICK_DECODED", str(tmp_path / "decoded.txt"))
    monkeypatch.setenv("PYTHONPATH", os.getcwd(), prepend=os.pathsep)
    return tmp_path / "decoded.txt"


@pytest.fixture
def server(tmp_path: Path, films: Path, weights: Path, decoded: Path) -> Iterator[Server]:
    with served(tmp_path, films, weights=weights, module="tests.app.counted") as server:
        yield server


def open_film(page: Any, name: str) -> None:
    page.wait_for_selector(".hero")
    page.get_by_role("button", name=name).click()


def test_three_browsers_do_not_mix_and_do_not_decode_twice(
    browser: Any, server: Server, decoded: Path
) -> None:
    names = ("first.mp4", "first.mp4", "second.mp4")
    with ExitStack() as stack:
        pages = [stack.enter_context(opened(browser, server)) for _ in names]
        for page, name in zip(pages, names, strict=True):
            open_film(page, name)
        one, two, other = pages
        shown = [settled(page, 5) for page in pages]
        assert shown[0] == shown[1]
        assert set(shown[2]) != set(shown[0])
        # what one sets and keeps is theirs alone
        one.get_by_role("slider", name="Picks Picks").focus()
        one.keyboard.press("ArrowRight")
        assert len(settled(one, 6)) == 6
        two.locator("#tray li").nth(1).click()
        two.get_by_text("Pick 2").first.wait_for()
        two.get_by_role("button", name="Keep").and_(two.locator(":enabled")).click()
        assert wait_for(lambda: two.locator("#tray .kept").count() == 1, 60)
        assert one.locator("#tray .kept").count() == 0
        assert picks(two) == shown[1]
        assert picks(other) == shown[2]
        assert other.get_by_text("second.mp4").count()
    assert sorted(decoded.read_text().split()) == ["first.mp4", "second.mp4"]
