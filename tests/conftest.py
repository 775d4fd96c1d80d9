"""What all tests share: real videos, made clips, a browser, and a look for what is left behind."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from framepick.sources.opening import open_source
from framepick.types import Frame, ViewSpec
from samples.clipmaker import numbered, write

VIEW = ViewSpec(64)

# a shell that runs the tests in the background has them, and all that they start, ignore Ctrl-C
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def media() -> Callable[[str], Path]:
    """Give real videos by name; without FRAMEPICK_MEDIA the test is skipped, never in CI."""
    folder = os.environ.get("FRAMEPICK_MEDIA")
    if not folder:
        pytest.skip("FRAMEPICK_MEDIA names no folder of real videos")

    def path(name: str) -> Path:
        found = Path(folder) / name
        assert found.exists(), f"{found} is missing"
        return found

    return path


@pytest.fixture(autouse=True)
def cache_folder(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, networks: Path
) -> Iterator[Path]:
    """Keep what is seen of videos, and tastes, apart from test to test and from the user's own.

    Compiled networks are those of earlier tests: each would else take half a second for its own.
    """
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("FRAMEPICK_CACHE", str(folder))
    monkeypatch.setenv("FRAMEPICK_TASTES", str(folder / "tastes"))
    for path in networks.iterdir():
        os.link(path, folder / path.name)
    yield folder
    for path in folder.glob("*.network"):
        with suppress(FileExistsError, FileNotFoundError):
            os.link(path, networks / path.name)


@pytest.fixture(scope="session")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of networks that were compiled."""
    return tmp_path_factory.mktemp("networks")


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 90 numbered frames at 30 a second, three groups of pictures with B-frames."""
    path = tmp_path_factory.mktemp("clips") / "numbered.mp4"
    write(path, numbered(90), gop=30, bframes=2)
    return path


def frames_of(path: Path) -> list[Frame]:
    with open_source(path, VIEW) as source:
        return list(source.frames())


def is_over(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Small work is slower on several threads, and many times so on a busy machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    children = set(psutil.Process().children())
    yield
    left = [child for child in psutil.Process().children() if child not in children]
    assert not left, f"processes left: {left}"
    assert wait_for(lambda: not _readers()), f"threads left: {_readers()}"


def _readers() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("framepick")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Give Chromium; without one the tests are skipped, unless FRAMEPICK_BROWSER names it."""
    named = os.environ.get("FRAMEPICK_BROWSER")
    found = named or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        pytest.skip("no Chromium is here; FRAMEPICK_BROWSER may name one")
    if not named:
        pytest.importorskip("playwright")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()
