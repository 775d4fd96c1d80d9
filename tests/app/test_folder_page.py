"""The folder page, driven as its widgets are, with real runs of `framepick batch`."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

import framepick.cli
from framepick.app.batches import Batches, Job, Progress, Request
from framepick.app.desk import Desk
from framepick.app.memory import Memory
from framepick.app.service import Service
from framepick.errors import UsageError
from tests.app.patience import SLOW
from tests.app.texts import texts_of
from tests.conftest import wait_for


def folder_page() -> None:
    from framepick.app.pages.folder import show

    show()


@pytest.fixture
def card(tmp_path: Path, film: Path) -> Path:
    """Give a folder with a film, one below it, and one that is none."""
    folder = tmp_path / "card"
    (folder / "more").mkdir(parents=True)
    shutil.copy(film, folder / "first.mp4")
    shutil.copy(film, folder / "more" / "second.mp4")
    with (folder / "more" / "second.mp4").open("ab") as file:
        file.write(b"\0")  # another content
    (folder / "bad.mp4").write_bytes(b"no video")
    return folder


@pytest.fixture
def batches(service: Service) -> Iterator[Batches]:
    """Give the batches of the app; none of a test goes on after it."""
    yield service.batches
    for job in service.batches.jobs():
        if job.is_running:
            os.killpg(job.process.pid, signal.SIGKILL)
            assert wait_for(lambda job=job: not job.is_running)  # type: ignore[misc]


class Page:
    """The page of one browser session."""

    def __init__(self, batches: Batches) -> None:
        self.batches = batches
        self.test = AppTest.from_function(folder_page, default_timeout=SLOW)
        self.run()

    def run(self) -> Page:
        self.test.run()
        assert not self.test.exception
        return self

    def press(self, label: str, at: int = 0) -> Page:
        found = [one for one in self.test.button if one.label == label]
        assert found, f"{label} is none of {[one.label for one in self.test.button]}"
        found[at].click()
        return self.run()

    @property
    def job(self) -> Job:
        return self.batches.jobs()[0]

    @property
    def progress(self) -> Progress:
        return self.batches.progress(self.job)

    def done(self) -> Page:
        assert wait_for(lambda: not self.job.is_running, SLOW)
        return self.run()

    @property
    def texts(self) -> str:
        return texts_of(self.test)

    @property
    def labels(self) -> list[str]:
        return [one.label for one in self.test.button]


def start(page: Page, card: Path) -> Page:
    """Start a batch of the card."""
    page.test.session_state["batch-folder"] = str(card)
    return page.run().press("Start")


def test_a_folder_is_picked_from_and_what_failed_says_why(
    batches: Batches, card: Path, weights: Path
) -> None:
    page = Page(batches)
    page.test.session_state["batch-folder"] = str(card)
    page.run()
    assert "2 videos directly in this folder" in page.texts
    page.test.slider(key="batch-count").set_value(2)
    page.test.number_input(key="batch-best").set_value(1)
    page.press("Start")
    assert "It goes on if you close this page" in page.texts
    page.done()
    assert "Done" in page.texts
    assert "2 videos with picks · 1 failed" in page.texts
    assert "bad.mp4" in page.texts
    assert "is not a video that can be read" in page.texts
    assert "first.mp4" in page.texts
    assert "Best of all" in page.texts
    assert len(list((card / "picks/best").glob("*.jpg"))) == 1
    document = json.loads((card / "picks/first.mp4/picks.json").read_text())
    assert len(document["picks"]) == 2


def test_what_it_did_is_what_the_command_line_does(
    batches: Batches, card: Path, weights: Path
) -> None:
    page = start(Page(batches), card).done()
    assert page.progress.phase == "done"
    options = ["--out", str(card / "picks"), "--weights", str(weights), "--dry-run", "--json"]
    told = CliRunner().invoke(framepick.cli.app, ["batch", str(card), *options])
    actions = {json.loads(line)["action"] for line in told.stdout.splitlines()}
    assert actions == {"keep", "leave failed"}


def test_failures_are_tried_again(batches: Batches, card: Path, film: Path) -> None:
    page = start(Page(batches), card).done()
    assert len(page.progress.failures) == 1
    before = os.stat(card / "bad.mp4").st_mtime_ns
    shutil.copy(film, card / "bad.mp4")
    os.utime(card / "bad.mp4", ns=(before, before))
    page.press("Retry failures").done()
    assert page.progress.failures == []
    assert len(page.progress.results) == 3
    assert "Retry failures" not in page.labels


def test_a_result_opens_as_a_film_with_the_settings_of_the_batch(
    service: Service, batches: Batches, card: Path
) -> None:
    page = Page(batches)
    page.test.session_state["batch-folder"] = str(card)
    page.run().test.slider(key="batch-count").set_value(3)
    page.press("Start").done()
    [button] = [one for one in page.test.button if one.key == "open-../first.mp4"]
    button.click()
    page.test.run()
    visit = service.visits.get(page.test.session_state["visit"])
    assert visit
    desk = visit.open["video"]
    assert isinstance(desk, Desk)
    assert desk.path == card / "first.mp4"
    assert wait_for(lambda: not desk.view.shown.is_busy, SLOW)
    assert desk.result
    rows = json.loads((card / "picks/first.mp4/picks.json").read_text())["picks"]
    assert [one.moment.frame_index for one in desk.result.picks] == [
        row["frame_index"] for row in rows
    ]


def test_it_is_stopped_and_goes_on_from_there(batches: Batches, card: Path) -> None:
    page = start(Page(batches), card)
    assert wait_for(lambda: bool(page.progress.results), SLOW)
    if page.job.is_running:
        page.press("Stop")
    page.done()
    assert page.progress.phase in ("stopped", "done")
    page.press("Go on" if page.progress.phase == "stopped" else "Look for new videos").done()
    assert page.progress.phase == "done"
    assert len(page.progress.results) == 2


def test_another_app_finds_it_on_return(
    batches: Batches, service: Service, card: Path, weights: Path
) -> None:
    start(Page(batches), card)
    other = Batches(Memory(service.memory.folder), weights)
    [job] = other.jobs()
    assert job.request == Request(card, card / "picks", jobs=job.request.jobs)
    assert job.is_running
    with pytest.raises(UsageError, match="a batch is at work there"):
        other.start(job.request)
    assert wait_for(lambda: not job.is_running, SLOW)
    assert other.progress(job).phase == "done"
    assert len(other.progress(job).results) == 2


def test_one_that_was_killed_is_not_taken_for_done(
    batches: Batches, service: Service, card: Path, weights: Path
) -> None:
    job = start(Page(batches), card).job
    assert wait_for(lambda: bool(batches.progress(job).results), SLOW)
    os.killpg(job.process.pid, signal.SIGKILL)
    assert wait_for(lambda: not job.is_running)
    other = Batches(Memory(service.memory.folder), weights)
    assert other.progress(job).phase == "stopped"
    assert batches.progress(job).phase == "stopped"
    page = Page(batches)
    page.press(page.labels[-1])
    assert "Go on" in page.labels


@pytest.mark.parametrize(
    ("out", "message"), [("/etc/picks", "outside of the folders"), ("~root", "outside of the")]
)
def test_results_go_nowhere_else(batches: Batches, card: Path, out: str, message: str) -> None:
    page = Page(batches)
    page.test.session_state["batch-folder"] = str(card)
    page.run().test.text_input(key=f"batch-out-{card}").set_value(out)
    page.press("Start")
    assert message in page.texts
    assert batches.jobs() == []


def test_a_folder_without_videos_says_so(batches: Batches, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    page = start(Page(batches), tmp_path / "empty").done()
    assert "holds no videos" in page.texts
    assert "Not done" in page.texts


def test_memory_of_another_version_is_passed_over(batches: Batches, service: Service) -> None:
    service.memory.keep_batches([{"id": "x"}, {"id": "y", "process": "z", "request": {}}])
    assert batches.jobs() == []
    assert "Earlier batches" not in Page(batches).texts


def test_names_that_are_not_utf_8_are_shown_and_picked_from(
    batches: Batches, tmp_path: Path, film: Path
) -> None:
    odd = tmp_path / os.fsdecode(b"a\xff")
    odd.mkdir()
    shutil.copy(film, odd / "first *.mp4")
    page = start(Page(batches), odd).done()
    assert page.progress.phase == "done"
    assert len(page.progress.results) == 1
    assert "first *.mp4" in page.texts
    assert "a\\xff" in page.texts
