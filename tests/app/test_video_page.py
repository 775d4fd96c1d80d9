"""The video page, driven as its widgets are."""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import closing
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner

import framepick.cli
from framepick.app.routes import address
from framepick.app.service import Service
from samples.clipmaker import flat, write
from tests.app.video_page import Page


def test_the_page_and_the_command_line_give_equal_picks(
    tmp_path: Path, page: Page, film: Path, weights: Path
) -> None:
    page.open(film).ready()
    page.slide("Picks", 4).slide("Variety", 0.2)
    [gap] = page.test.select_slider
    gap.set_value(0.5)
    [prefer] = page.test.button_group[:1]
    prefer.set_value("scenery")
    page.test.run()
    page.ready()
    options = ["--count", "4", "--min-gap", "0.5", "--variety", "0.2", "--prefer", "scenery"]
    command = ["pick", str(film), "--weights", str(weights), *options, "--out", str(tmp_path)]
    assert CliRunner().invoke(framepick.cli.app, command).exit_code == 0
    rows = json.loads((tmp_path / "film.mp4/picks.json").read_text())["picks"]
    assert page.frames == [row["frame_index"] for row in rows]
    page.look_at(2)
    assert all(reason["text"].lower() in page.texts.lower() for reason in rows[1]["reasons"])


def test_what_is_vetoed_is_said_with_its_reason(page: Page, film: Path) -> None:
    page.open(film).ready()
    assert "0:02.00 to 0:02.45 · black" in page.texts


def test_a_pinned_pick_stays_whatever_is_set(page: Page, film: Path) -> None:
    page.open(film).ready().look_at(3)
    third = page.frames[2]
    page.press("Pin").slide("Picks", 1)
    assert page.frames == [third]
    page.look_at(1).press("Pinned").slide("Picks", 2)
    assert page.frames[0] != third


def test_a_rejected_pick_goes_and_undo_brings_it_back(page: Page, film: Path) -> None:
    page.open(film).ready().look_at(1)
    before = page.frames
    page.press("Reject")
    assert before[0] not in page.frames
    assert set(before[1:]) <= set(page.frames)
    page.press("Undo")
    assert page.frames == before


def test_a_rejected_frame_can_be_let_in_again(page: Page, film: Path) -> None:
    page.open(film).ready().look_at(1)
    first = page.frames[0]
    page.press("Reject")
    [back] = [one for one in page.test.button if one.label.endswith("let in again")]
    page.press(back.label)
    assert first in page.frames


def test_another_frame_takes_the_place_of_a_pick(page: Page, film: Path) -> None:
    page.open(film).ready().look_at(2)
    before = page.frames
    other = before[1] + 1
    page.desk.look(other)
    page.test.run()
    page.press("Use for pick 2")
    assert other in page.frames
    assert before[1] not in page.frames
    assert set(before) - {before[1]} <= set(page.frames)


def test_a_frame_can_be_added_to_the_picks(page: Page, film: Path) -> None:
    page.open(film).ready()
    before = page.frames
    page.desk.look(before[0] + 2)
    page.test.run()
    page.press("Add as a pick")
    assert set(page.frames) == {*before, before[0] + 2}
    [count] = [one for one in page.test.slider if one.label == "Picks"]
    assert count.value == 6


def test_verdicts_are_there_on_return_and_no_file_is_touched(
    service: Service, page: Page, film: Path
) -> None:
    content = film.read_bytes()
    page.open(film).ready().look_at(2)
    kept = page.frames[1]
    page.press("Keep").look_at(2)
    page.test.button(key="act-4").click()
    page.test.run()
    page.look_at(1).press("Reject")
    again = Page(service).open(film).ready()
    assert again.frames == page.frames
    assert again.desk.verdicts.kept == {kept}
    assert again.desk.verdicts.stars == {kept: 4}
    assert film.read_bytes() == content


def test_a_rating_can_be_taken_back(page: Page, film: Path) -> None:
    page.open(film).ready().look_at(1)
    page.test.button(key="act-3").click()
    page.test.run()
    assert list(page.desk.verdicts.stars.values()) == [3]
    page.test.button(key="act-3").click()
    page.test.run()
    assert not page.desk.verdicts.stars


def test_crops_of_each_pick_come_with_the_film(page: Page, film: Path) -> None:
    page.open(film).ready()
    crops = page.test.button_group[1]
    crops.set_value(["1:1"])
    page.test.run()
    page.ready()
    result = page.desk.result
    assert result
    assert [[one.ratio for one in result.crops[pick.moment]] for pick in result.picks] == [
        ["1:1"]
    ] * len(result.picks)


def test_next_and_previous_go_round(page: Page, film: Path) -> None:
    page.open(film).ready().look_at(5)
    page.press("Next")
    assert page.desk.looked == page.frames[0]
    page.press("Previous")
    assert page.desk.looked == page.frames[4]


PATHS = [
    ("missing.mp4", "missing.mp4: "),
    ("/etc/passwd", "outside of the folders"),
    ("http://127.0.0.1/x.mp4", "outside of the folders"),
]


@pytest.mark.parametrize(("path", "message"), PATHS)
def test_a_path_without_a_film_is_one_error(
    tmp_path: Path, page: Page, path: str, message: str
) -> None:
    page.open(path if path.startswith(("/", "http")) else tmp_path / path)
    [error] = page.test.error
    assert message in re.sub(r"\\(.)", r"\1", error.value)
    assert not page.test.exception


def test_a_file_that_is_no_film_is_one_error_that_names_it(tmp_path: Path, page: Page) -> None:
    (tmp_path / "*text*.mp4").write_text("not a film")
    page.open(tmp_path / "*text*.mp4").ready()
    assert page.texts.count("*text*.mp4: is not a video that can be read") == 1
    assert str(tmp_path) not in page.texts


def test_a_film_without_a_frame_to_pick_says_why(tmp_path: Path, page: Page) -> None:
    write(tmp_path / "black.mp4", [flat((0, 0, 0), (320, 180))] * 10)
    page.open(tmp_path / "black.mp4").ready()
    assert "0 of 5 picks" in page.texts
    assert page.frames == []


def test_a_film_is_among_the_recent_ones_and_opens_from_there(
    service: Service, page: Page, film: Path
) -> None:
    page.open(film).ready()
    page.button("Another video").click()
    page.test.run()
    [recent] = service.memory.recent()
    assert recent.path == str(film)
    assert service.memory.picture(recent.content)
    page.press(r"film\.mp4")
    assert page.frames


def test_a_film_whose_name_is_not_utf_8_opens_from_recent_work_and_is_exported(
    tmp_path: Path, service: Service, film: Path, port: int
) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    odd = Path(shutil.copy(film, folder / os.fsdecode(b"caf\xe9.mp4")))
    page = Page(service)
    page.test.session_state["video-folder"] = str(folder)
    page.test.run()
    page.press(r"caf\\xe9\.mp4")
    picked = page.frames
    page.button("Another video").click()
    page.test.run()
    [recent] = service.memory.recent()
    assert recent.path == str(odd)
    again = Page(service).press(r"caf\\xe9\.mp4")
    assert again.frames == picked
    again.press("Export")
    again.test.button(key="export-go").click()
    again.test.run()
    assert "5 frames ready to download" in again.texts
    visit = service.visits.get(again.test.session_state["visit"])
    assert visit
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as link:
        link.request("GET", f"{address(visit)}/download/export")
        answer = link.getresponse()
        assert answer.status == 200
        assert len(ZipFile(BytesIO(answer.read())).namelist()) > 5


def test_a_heat_map_of_the_pick_is_shown_when_it_is_asked_for(page: Page, film: Path) -> None:
    page.open(film).ready().look_at(1)
    assert not page.test.get("image")
    page.test.toggle(key="heat").set_value(True)
    page.test.run()
    assert not page.test.exception
    assert len(page.test.get("image")) == 1
