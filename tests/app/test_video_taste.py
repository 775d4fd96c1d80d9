"""A taste on the video page: what was learnt from photos moves the scores of frames."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from framepick.app.film import Wanted
from framepick.app.service import Service
from framepick.app.verdicts import Verdicts, with_taste
from tests.app.command import run
from tests.app.video_page import Page
from tests.conftest import wait_for


@pytest.fixture
def weights() -> None:
    """Name no weights: tastes need what is shipped beside them."""


@pytest.fixture
def tastes(cache_folder: Path, learnt: Path) -> Path:
    """Give the folder of the user's tastes, in which there is one."""
    folder = cache_folder / "tastes"
    folder.mkdir()
    shutil.copy(learnt, folder)
    return folder


def choose(page: Page, name: str | None) -> Page:
    [taste] = [one for one in page.test.selectbox if one.label == "Taste"]
    names = [None, *(path.stem for path in page.service.tastes.own())]
    taste.select_index(names.index(name))
    page.test.run()
    return page.ready()


def test_the_page_and_the_command_line_give_equal_picks_by_a_taste(
    tmp_path: Path, page: Page, film: Path, tastes: Path
) -> None:
    page.open(film).ready()
    usual = page.desk.result
    choose(page, "anna")
    result = page.desk.result
    assert usual
    assert result
    assert run("pick", film, "--taste", "anna", "--out", tmp_path) == 0
    rows = json.loads((tmp_path / "film.mp4/picks.json").read_text())["picks"]
    assert page.frames == [row["frame_index"] for row in rows]
    assert [one.score for one in result.picks] == pytest.approx([row["score"] for row in rows])
    page.look_at(1)
    assert "by the taste anna" in page.texts
    # the second half of the film gained on the first
    gained = result.samples.raw - usual.samples.raw
    assert gained[60:].mean() > gained[:40].mean()
    assert choose(page, None).frames == [one.moment.frame_index for one in usual.picks]


def test_a_taste_is_there_on_return_and_undo_takes_it_back(
    service: Service, page: Page, film: Path, tastes: Path
) -> None:
    page.open(film).ready()
    usual = page.frames
    choose(page, "anna")
    again = Page(service).open(film).ready()
    assert again.frames == page.frames
    assert again.desk.verdicts.wanted.taste == page.desk.verdicts.wanted.taste
    page.press("Undo")
    assert page.desk.verdicts.wanted.taste is None
    assert page.frames == usual


def test_a_taste_that_is_gone_on_return_is_the_usual_score(
    service: Service, page: Page, film: Path, tastes: Path
) -> None:
    page.open(film).ready()
    usual = page.frames
    choose(page, "anna")
    (tastes / "anna.safetensors").unlink()
    again = Page(service).open(film).ready()
    assert again.frames == usual
    assert again.desk.verdicts.wanted == Wanted()


def test_one_that_learnt_on_is_used_as_it_is_now(
    page: Page, film: Path, tastes: Path, learnt: Path
) -> None:
    page.open(film).ready()
    choose(page, "anna")
    before = page.desk.verdicts.wanted.config.taste
    more = ["--like", learnt.parent / "rocket/0.png", "--add", "--out", "anna"]
    assert run("taste", "learn", *more) == 0
    page.test.run()
    page.ready()
    assert page.desk.verdicts.wanted.config.taste != before
    assert page.desk.view.shown.result
    assert page.desk.view.shown.result.config.taste == page.desk.verdicts.wanted.config.taste


def test_a_file_within_the_folders_is_a_taste_too(
    tmp_path: Path, page: Page, film: Path, learnt: Path
) -> None:
    folder = tmp_path / "tastes"
    folder.mkdir()
    shutil.copy(learnt, folder / "from a friend.safetensors")
    page.open(film).ready()
    page.test.session_state["taste-folder"] = str(folder)
    page.test.run()
    page.press(r"from a friend\.safetensors")
    taste = page.desk.verdicts.wanted.taste
    assert taste
    assert taste.name == "anna"
    [shown] = [one for one in page.test.selectbox if one.label == "Taste"]
    assert shown.value == taste.path


def test_a_damaged_file_is_one_error_and_changes_nothing(
    tmp_path: Path, page: Page, film: Path
) -> None:
    folder = tmp_path / "tastes"
    folder.mkdir()
    (folder / "bad.safetensors").write_text("no taste")
    page.open(film).ready()
    before = page.frames
    page.test.session_state["taste-folder"] = str(folder)
    page.test.run()
    page.button(r"bad\.safetensors").click()
    page.test.run()
    assert "is no taste that can be read" in page.texts
    assert page.frames == before


def test_two_who_look_at_one_film_each_have_their_taste(
    service: Service, film: Path, tastes: Path
) -> None:
    taste = service.tastes.load(tastes / "anna.safetensors")
    by_taste = with_taste(Verdicts(), taste).wanted
    views = [service.films.open(film, "film", wanted) for wanted in (by_taste, Wanted(), by_taste)]
    assert wait_for(lambda: not any(view.shown.is_busy for view in views), 60)
    first, usual, third = (view.shown.result for view in views)
    assert first
    assert usual
    assert third
    assert usual.samples.moved is None
    assert first.samples.moved is not None
    assert (first.samples.raw == third.samples.raw).all()
    assert (first.samples.raw != usual.samples.raw).any()
    moments = [[pick.moment.frame_index for pick in one.picks] for one in (first, third)]
    assert moments[0] == moments[1]
